# Tries: to leave code that Python itself loads in the next run: user site, compiled modules, startup
# files, a module with the name of a library.
# Must stop it: the scratch folders are emptied between runs.
import os
import site
import sys

code = "import os; os.write(1, b'ESCAPED: planted code runs\\n')\n"
places = [site.getusersitepackages() + "/usercustomize.py", site.getusersitepackages() + "/planted.pth",
          "/box/sitecustomize.py", "/box/heapq.py", "/tmp/sitecustomize.py", "/tmp/.pythonrc.py",
          "/box/__pycache__/heapq.cpython-311.pyc", "/dev/shm/planted.py"]
if sys.argv[1] == "plant":
    for place in places:
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w") as file:
                file.write(code)
        except OSError:
            pass
    print("HELD")
else:
    import heapq  # noqa: F401
    left = [place for place in places if os.path.exists(place)]
    for place in left:
        print("ESCAPED: still there:", place)
    if not left:
        print("HELD")
