import os
import sys

secret = int(open(sys.argv[1]).read())
feedback = sys.argv[3]
print(secret, flush=True)
line = sys.stdin.readline()
if line.strip() != str(secret):
    sys.exit(43)
if secret == 7:
    open(os.path.join(feedback, "nextpass.in"), "w").write("8")
sys.exit(42)
