def main():
    print(int(input()) + 1)
if __name__ == '__main__':
    main()
x = 1
