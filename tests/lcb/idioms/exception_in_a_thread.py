import threading
def main():
    print(int(input()) + 1)
    raise ValueError
t = threading.Thread(target=main)
t.start()
t.join()
