# Language level, warnings and sanitizers, on one interface target that every eval_ library links.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

add_library(eval_options INTERFACE)
target_include_directories(eval_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(eval_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Wold-style-cast -Wswitch-enum>)
# GCC 12 sees overlaps that are not there when it inlines std::string (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(eval_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(EVAL_WARNINGS_AS_ERRORS)
  target_compile_options(eval_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
if(EVAL_SANITIZE)
  target_compile_options(eval_options INTERFACE -fsanitize=${EVAL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(eval_options INTERFACE -fsanitize=${EVAL_SANITIZE})
endif()

# eval_library(<folder> SOURCES ... [PUBLIC ...] [PRIVATE ...]): the static library of one folder.
function(eval_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(eval_${name} STATIC ${arg_SOURCES})
  target_link_libraries(eval_${name} PUBLIC eval_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()
