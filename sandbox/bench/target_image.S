/* The program target.c as bytes: what the benchmark runs. */
    .section .rodata
    .global evalctl_bench_target_begin
    .global evalctl_bench_target_end
    .balign 16
evalctl_bench_target_begin:
    .incbin EVAL_BENCH_TARGET
evalctl_bench_target_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
