from collections import UserList
class Solution:
    def f(self, x):
        return UserList([x])
