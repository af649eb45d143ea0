/* The program box/ as bytes: what every box's init is started from. */
    .section .rodata
    .global evalctl_box_image_begin
    .global evalctl_box_image_end
    .balign 16
evalctl_box_image_begin:
    .incbin EVAL_BOX_PROGRAM
evalctl_box_image_end:
    .byte 0
/* The library box/warm_library.cpp, likewise. */
    .global evalctl_warm_image_begin
    .global evalctl_warm_image_end
    .balign 16
evalctl_warm_image_begin:
    .incbin EVAL_WARM_LIBRARY
evalctl_warm_image_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
