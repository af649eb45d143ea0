# eval_embed(<target> <symbol> <file>): makes the bytes of <file> part of <target>, between the
# symbols <symbol>_begin and <symbol>_end. Declare them in C++ with EVAL_EMBEDDED (base/embedded.h).
function(eval_embed target symbol file)
  get_filename_component(path ${file} ABSOLUTE)
  if(NOT EXISTS ${path})
    message(FATAL_ERROR "cannot embed ${path}: no such file")
  endif()
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.S)
  file(CONFIGURE OUTPUT ${assembly} @ONLY CONTENT [[
    .section .rodata
    .global @symbol@_begin
    .global @symbol@_end
    .balign 16
@symbol@_begin:
    .incbin "@path@"
@symbol@_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
]])
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${path})
  target_sources(${target} PRIVATE ${assembly})
endfunction()
