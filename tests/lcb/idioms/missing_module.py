import no_such_module
print(int(input()) + 1)
