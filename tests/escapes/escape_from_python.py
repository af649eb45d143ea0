# Tries: from a language runtime, which sees /usr: to write to it, start a set-user-ID program, trace.
# Stopped by: read-only binds with nosuid, no_new_privs, EPERM from the managed filter.
# Outcome: exited
import ctypes
import os
import subprocess

for path in ["/usr/bin/new", "/usr/lib/python3/new", "/etc/passwd", "/new"]:
    try:
        open(path, "w")
        print("ESCAPED: wrote", path)
    except OSError:
        pass
for program in ["/usr/bin/su", "/usr/bin/mount", "/usr/bin/newgrp"]:
    try:
        done = subprocess.run([program, "-c", "id -u"], capture_output=True, timeout=3, input=b"")
        if done.stdout.strip() == b"0":
            print("ESCAPED: root by", program)
    except (OSError, subprocess.SubprocessError):
        pass
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, 1, 0, 0) == 0:
    print("ESCAPED: attached to init")
if libc.unshare(0x10000000) == 0:
    print("ESCAPED: new user namespace")
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"") == 0:
    print("ESCAPED: mounted")
if os.path.exists("/etc/shadow") or os.listdir("/proc").count("1"):
    print("ESCAPED: sees what it should not")
