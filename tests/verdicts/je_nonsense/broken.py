print("very good")
