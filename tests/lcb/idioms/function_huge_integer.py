class Solution:
    def f(self, x):
        return 10 ** 60000
