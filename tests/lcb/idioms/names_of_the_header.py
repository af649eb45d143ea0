n = int(input())
q: List[int] = deque([n])
print(q.popleft() + gcd(3, 2))
