# Tries: to look accepted by ending the judge's helper or forging exit codes of validators.
# Stopped by: nothing to stop: an exit code of a contestant is only an exit code. The kills reach
# no process outside the box.
# Outcome: exited
import os
import signal

for pid in range(1, 400):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
os._exit(42)
