# Reads every #include "folder/..." of the project and fails on one that points upward or sideways.
# Run by ctest: cmake -DROOT=<source folder> -P include_rules.cmake
cmake_minimum_required(VERSION 3.25)

set(may_base "base")
set(may_problems "base;problems")
set(may_sandbox "base;sandbox")
set(may_runners "base;runners")
set(may_judges "base;problems;sandbox;runners;judges")
set(may_reports "${may_judges};reports")
set(may_evaluator "${may_reports};evaluator")

# judges sees the interfaces of runners and sandbox, never their implementations.
set(judges_headers "runners/runner.h;sandbox/sandbox.h;sandbox/copy_files.h;sandbox/images/image_store.h;sandbox/images/image_reference.h;sandbox/images/disk_usage.h")
# Third-party headers that one place may include, as "pattern=where".
set(wrapped
  "^curl/=^base/http"
  "^sqlite3=^evaluator/store/"
  "^boost/process=^base/subprocess"
  "^yaml-cpp/=^base/yaml"
  "^seccomp=^sandbox/"
  "^CLI/=^evaluator/cli/"
  "^openssl/=^base/"
  "^archive=^base/archive"
  "^pcre2=^runners/local/text/pattern"
  "^utf8proc=^runners/local/text/unicode")

set(faults "")
foreach(folder base problems sandbox runners judges reports evaluator)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.cu)
  list(FILTER files EXCLUDE REGEX "^problems/packages/")
  foreach(file ${files})
    file(STRINGS ${ROOT}/${file} lines REGEX "^#include ")
    foreach(line ${lines})
      if(line MATCHES "^#include \"(base|problems|sandbox|runners|judges|reports|evaluator)/")
        set(target ${CMAKE_MATCH_1})
        string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" header "${line}")
        if(NOT target IN_LIST may_${folder})
          list(APPEND faults "${file} includes ${header}: ${folder} may not depend on ${target}")
        elseif(folder STREQUAL "judges" AND target MATCHES "^(runners|sandbox)$" AND
               NOT header IN_LIST judges_headers)
          list(APPEND faults "${file} includes ${header}: judges sees only ${judges_headers}")
        endif()
      elseif(line MATCHES "^#include <([^>]+)>")
        set(header ${CMAKE_MATCH_1})
        foreach(rule ${wrapped})
          string(REGEX REPLACE "=.*" "" pattern "${rule}")
          string(REGEX REPLACE "^[^=]*=" "" where "${rule}")
          # A pattern may itself hold no "=": the first one separates.
          if(header MATCHES "${pattern}" AND NOT file MATCHES "${where}")
            list(APPEND faults "${file} includes <${header}>, which is wrapped in ${where}")
          endif()
        endforeach()
      endif()
    endforeach()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "includes that break the rules of the folders:\n  ${text}")
endif()
