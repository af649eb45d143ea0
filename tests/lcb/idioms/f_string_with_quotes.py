answer = {"next": int(input()) + 1}
print(f"{answer['next']}", end=f"{''}\n")
