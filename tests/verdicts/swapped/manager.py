import sys

to_user = open(sys.argv[1], "w")
print(input(), file=to_user, flush=True)
from_user = open(sys.argv[2])
print("1.0" if from_user.readline().strip() == "42" else "0.0")
