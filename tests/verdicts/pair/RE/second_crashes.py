import sys

source = open(sys.argv[1])
target = open(sys.argv[2], "w")
index = int(sys.argv[3])
word = source.readline().strip()
if index == 1:
    raise RuntimeError("on purpose")
print("x" + word, file=target, flush=True)
