import sys
sys.stdout.writelines([str(int(input()) + 1), '\n'])
