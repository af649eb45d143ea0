class Solution:
    def f(self, x: List[int], y: str) -> int:
        return len(x) + len(y)
