import adder

a, b = map(int, input().split())
print(adder.add(a, b))
