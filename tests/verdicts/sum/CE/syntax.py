print("no end"
