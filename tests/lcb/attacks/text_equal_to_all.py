# A text that is equal to everything.
# Stopped by: a class with an equality of its own is equal to nothing.
class Solution:
    def f(self, x):
        class Chameleon(str):
            def __eq__(self, other):
                return True
            __hash__ = str.__hash__
        return Chameleon("anything")
