def main():
    print(int(input()) + 1)
main()
