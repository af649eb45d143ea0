def main():
    print(int(input()) + 1)
if '__main__' == __name__:
    main()
