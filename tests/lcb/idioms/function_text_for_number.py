class Solution:
    def f(self, x):
        return str(x)
