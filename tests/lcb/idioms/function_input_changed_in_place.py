class Solution:
    def f(self, x):
        x.append(1)
        return x
