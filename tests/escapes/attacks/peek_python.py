# Tries: to find the judge's files and secrets with everything Python's library offers.
# Must stop it: they are in no mount of the box.
import ctypes
import glob
import os
import resource
import subprocess

found = []
secret = "evalctl-bait"


def try_read(path):
    try:
        with open(path, "rb") as file:
            if secret.encode() in file.read(4096):
                found.append(path)
    except OSError:
        pass


try_read(os.environ.get("BAIT_FILE", "/none"))
steps = 0
for folder, folders, files in os.walk("/", followlinks=False):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("box", "dev", "usr", "proc", "lib", "lib64")]
    steps += 1
    if steps > 3000:
        break
    for name in files:
        try_read(os.path.join(folder, name))
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    if not path.startswith("/proc/%d/" % os.getpid()):
        try:
            with open(path, "rb") as file:
                if file.read(1):
                    found.append(path)
        except OSError:
            pass
try:
    text = subprocess.run(["/bin/sh", "-c", "cat /etc/shadow; ls /root /home /var; id; mount"],
                          capture_output=True, text=True, timeout=5).stdout
    if "root:" in text or "uid=0" in text:
        found.append("shell: " + text[:60])
except (OSError, subprocess.SubprocessError):
    pass
libc = ctypes.CDLL(None, use_errno=True)
if libc.setuid(0) == 0:
    found.append("setuid(0)")
try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    found.append("core limit")
except (ValueError, OSError):
    pass
for what in found:
    print("ESCAPED:", what)
if not found:
    print("HELD")
