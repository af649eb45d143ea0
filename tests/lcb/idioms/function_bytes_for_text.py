class Solution:
    def f(self, x):
        return b'a'
