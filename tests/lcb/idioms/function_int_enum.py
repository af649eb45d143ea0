from enum import IntEnum
class E(IntEnum):
    A = 3
class Solution:
    def f(self, x):
        return E.A
