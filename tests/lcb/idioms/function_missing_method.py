class Solution:
    def g(self, x):
        return x
