# Tries: to crash or stall Python's compiler: nesting, huge constants, an encoding that is a program.
# Must stop it: the compiler's own limits, else those of its box.
x = ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((
    1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
a = (((((2 ** 64) ** 32) ** 16) ** 8) ** 4
b = ("x" * 4096) * 4096
c = (((((1,) * 256) * 256) * 256) * 16) * 16
d = 10 ** 10 ** 10 if False else 0
