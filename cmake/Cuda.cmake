# CUDA is found or left out; nothing else changes. EVAL_CUDA: AUTO (default), ON (missing is an error), OFF.
# CMAKE_CUDA_ARCHITECTURES chooses what kernels are compiled for; the last one's PTX serves newer GPUs.
set(EVAL_CUDA_FOUND OFF)
if(EVAL_CUDA)
  find_program(EVAL_NVCC nvcc HINTS ENV CUDACXX PATHS /usr/local/cuda/bin /usr/bin
               DOC "The CUDA compiler; must be 12.4 or later")
  if(EVAL_NVCC)
    if(NOT CMAKE_CUDA_COMPILER)
      set(CMAKE_CUDA_COMPILER ${EVAL_NVCC})
    endif()
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
    endif()
    enable_language(CUDA)
    find_package(CUDAToolkit 12.4 QUIET)
    # CMake 3.25 does not know that nvcc 13 has C++20.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
  endif()
  if(CUDAToolkit_FOUND)
    set(EVAL_CUDA_FOUND ON)
  elseif(NOT EVAL_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "EVAL_CUDA is ${EVAL_CUDA}, but no CUDA toolkit of 12.4 or later was found.\n"
                        "  help: install the toolkit from NVIDIA (Debian 12 has 11.8), set CUDACXX, or use EVAL_CUDA=AUTO")
  endif()
endif()
if(EVAL_CUDA_FOUND)
  message(STATUS "CUDA ${CUDAToolkit_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
  # Warnings are errors in every build type, and so are registers that spill: a kernel that spills is
  # correct and slow, which no test would tell.
  target_compile_options(eval_options INTERFACE
    "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xptxas=--warn-on-spills,--warning-as-error>")
else()
  message(STATUS "CUDA: left out")
endif()
