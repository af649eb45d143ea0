import sys

open(sys.argv[3] + "nextpass.in", "w").write("1 2")
sys.exit(42)
