# manager 0 FIFO < input, manager 1 FIFO > output.
import sys

import encode

if sys.argv[1] == "0":
    with open(sys.argv[2], "w") as fifo:
        print(encode.encode(int(input())), file=fifo)
else:
    with open(sys.argv[2]) as fifo:
        print(encode.decode(int(fifo.readline())))
