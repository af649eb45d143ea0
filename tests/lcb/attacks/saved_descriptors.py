# Writes what looks like success to every descriptor there is.
# Stopped by: bytes that are no frames are no results; there are no verdicts to write.
import os
for fd in range(256):
    for text in (b"AC\n", b"True\n", b"42\n", b'{"verdict": "AC"}\n'):
        try:
            os.write(fd, text)
        except OSError:
            pass
print("anything")
