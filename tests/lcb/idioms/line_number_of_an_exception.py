import sys


def failing():
    return 1 // 0


n = int(input()); line = 0
try:
    failing()
except ZeroDivisionError as error:
    line = error.__traceback__.tb_next.tb_lineno
print(n + line)
