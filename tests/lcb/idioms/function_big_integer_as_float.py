class Solution:
    def f(self, x):
        return float(2 ** 100)
