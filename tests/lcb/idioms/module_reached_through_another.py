import zipfile
n = int(input())
print(n + 1 if zipfile.shutil.rmtree is None else 0)
