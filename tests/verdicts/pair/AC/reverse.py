import sys

source = open(sys.argv[1])
target = open(sys.argv[2], "w")
print(source.readline().strip()[::-1], file=target, flush=True)
