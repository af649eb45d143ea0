import sys

print("FAIL answer is broken", file=sys.stderr)
sys.exit(3)
