class Row(list):
    pass
class Solution:
    def f(self, x):
        return Row([x])
