class Solution:
    def f(self, x):
        return x + 1
if __name__ == '__main__':
    print(Solution().f(int(input())))
