// Not a program.
