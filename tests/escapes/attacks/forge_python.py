# Tries: to end as a success in the middle of everything: exit hooks, signals, closed streams,
# replaced built-ins.
# Must stop it: the judge looks at what was written and how the process ended, and at nothing else.
import atexit
import builtins
import os
import signal
import sys

builtins.print = lambda *words, **options: os.write(1, b"HELD\n")
atexit.register(lambda: os._exit(42))
sys.stdout.write("AC\n")
sys.stdout.flush()
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)
for fd in range(3, 256):
    try:
        os.write(fd, b"verdict: AC\n")
        os.write(1, b"ESCAPED: somebody listens\n")
    except OSError:
        pass
print("held")
