class Solution:
    def f(self, x):
        return '\U0001f600' + x
