import sys

source = open(sys.argv[2])
target = open(sys.argv[1], "w")
print(2 * int(source.readline()), file=target, flush=True)
