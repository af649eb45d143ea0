import sys

source = open(sys.argv[2])
target = open(sys.argv[1], "w")
print(source.readline(), file=target, flush=True)
