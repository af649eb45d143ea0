import sys


def line_of(stream):
    """The next line, of which only the beginning is kept: a flood of output is the judge's matter."""
    line = piece = stream.readline(1000)
    while piece and not piece.endswith("\n"):
        piece = stream.readline(1 << 16)
    return line.strip()


from_first, to_first, from_second, to_second = sys.argv[1:5]
word = open("input.txt").read().strip()
out0 = open(to_first, "w")
in0 = open(from_first)
out1 = open(to_second, "w")
in1 = open(from_second)
print(word, file=out0, flush=True)
code = line_of(in0)
print(code, file=out1, flush=True)
answer = line_of(in1)
right = answer == word and code != word
print("1.0" if right else "0.0")
print("translate:success" if right else "the word was lost", file=sys.stderr)
