import sys

source = open(sys.argv[1])
target = open(sys.argv[2], "w")
index = int(sys.argv[3])
word = source.readline().strip()
while index == 0:
    pass
print(word, file=target, flush=True)
