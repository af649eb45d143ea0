class Solution:
    def f(self, x):
        return {1: x}
