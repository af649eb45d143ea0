input()
raise ValueError("on purpose")
