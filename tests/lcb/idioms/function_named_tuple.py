P = namedtuple('P', 'a b')
class Solution:
    def f(self, x):
        return P(x, 1)
