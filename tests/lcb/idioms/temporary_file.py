import tempfile
n = int(input())
with tempfile.NamedTemporaryFile(dir="/tmp") as file:
    file.write(b"1")
print(n + 1)
