print("what?", flush=True)
input()
