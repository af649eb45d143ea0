open("in.txt"
