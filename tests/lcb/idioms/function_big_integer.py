class Solution:
    def f(self, x):
        return 2 ** 100
