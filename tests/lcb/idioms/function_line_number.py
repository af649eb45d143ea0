import sys


def f(n):
    return n + sys._getframe().f_lineno
