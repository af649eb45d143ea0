# Leaves work to be done at exit: more output, another verdict, a long sleep.
# Stopped by: nothing runs at exit, and what is printed there would belong to no test.
import atexit, os, time
def late():
    os.write(1, b"answer")
    time.sleep(1000)
atexit.register(late)
print("anything")
