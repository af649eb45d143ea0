import os
import signal
print(int(input()) + 1)
os.kill(os.getpid(), signal.SIGTERM)
