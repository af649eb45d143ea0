a, b = map(int, open("in.txt").read().split())
open("out.txt", "w").write(str(a + b))
