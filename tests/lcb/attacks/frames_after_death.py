# Writes "done" without any output, so that nothing is left to compare.
# Stopped by: every test needs an output of its own before "done" means anything.
import os, sys
frame = sys._getframe()
while frame is not None:
    send = frame.f_locals.get("send")
    if send is not None:
        send(b"loaded", -1, b"")
        send(b"done", -1, b"")
        os._exit(0)
    frame = frame.f_back
