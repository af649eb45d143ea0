import sys

source = open(sys.argv[1])
target = open(sys.argv[2], "w")
index = int(sys.argv[3])
word = source.readline().strip()
kept = []
while index == 1:
    kept.append(b"x" * (1 << 20))
print("x" + word, file=target, flush=True)
