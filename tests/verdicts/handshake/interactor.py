import sys

word = open(sys.argv[1]).read().strip()
print(word, flush=True)
said = sys.stdin.readline().strip()
if not said:
    print("unexpected end of file", file=sys.stderr)
    sys.exit(8)
open(sys.argv[2], "w").write(said)
sys.exit(0)
