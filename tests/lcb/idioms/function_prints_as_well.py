class Solution:
    def f(self, x):
        print('debug')
        return x + 1
