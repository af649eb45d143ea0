class Solution:
    def f(self, x):
        return Counter('aab')
