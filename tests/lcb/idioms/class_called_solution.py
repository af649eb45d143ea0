class Solution:
    def run(self):
        print(int(input()) + 1)
Solution().run()
