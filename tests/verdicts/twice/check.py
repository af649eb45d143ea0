import os
import sys

input_path, answer_path, feedback = sys.argv[1:4]
kept = os.path.join(feedback, "first")
try:
    output = int(sys.stdin.read())
except ValueError:
    sys.exit(43)
if not os.path.exists(kept):
    if output != int(open(answer_path).read()):
        sys.exit(43)
    open(kept, "w").write(str(output))
    open(os.path.join(feedback, "nextpass.in"), "w").write(str(output + 1))
    sys.exit(42)
first = int(open(kept).read())
sys.exit(42 if int(open(input_path).read()) == first + 1 and output == (first + 1) ** 2 else 43)
