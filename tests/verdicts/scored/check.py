import sys

answer = int(open(sys.argv[2]).read())
try:
    output = int(open(sys.argv[3]).read())
except ValueError:
    output = None
if output == answer:
    print(1)
    print("translate:success", file=sys.stderr)
elif output is not None and abs(output - answer) == 1:
    print(0.5)
    print("one off", file=sys.stderr)
else:
    print(0)
    print("translate:wrong", file=sys.stderr)
