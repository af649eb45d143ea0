# Turns the alarm of the test off and keeps running.
# Stopped by: the limit for all tests together, which is set outside of the box.
import signal
signal.alarm(0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
while True:
    pass
