# Tries: to grow a Python list to four times the memory limit, catching every MemoryError.
# Must stop it: the memory limit.
kept = []
try:
    for _ in range(512):
        kept.append(bytearray(b"m") * (1 << 20))
    print("ESCAPED: kept 512 MiB")
except MemoryError:
    print("HELD")
