print(int(input()) + 1)
raise SystemExit
