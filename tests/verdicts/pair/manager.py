import sys

from_first, to_first, from_second, to_second = sys.argv[1:5]
word = open("input.txt").read().strip()
out0 = open(to_first, "w")
in0 = open(from_first)
out1 = open(to_second, "w")
in1 = open(from_second)
print(word, file=out0, flush=True)
code = in0.readline().strip()
print(code, file=out1, flush=True)
answer = in1.readline().strip()
right = answer == word and code != word
print("1.0" if right else "0.0")
print("translate:success" if right else "the word was lost", file=sys.stderr)
