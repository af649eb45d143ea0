def main():
    import math
    print(int(input()) + math.floor(1.5))
main()
