# Tries: to fetch answers over the network and from services of the machine, with Python's library.
# Must stop it: no sockets but local ones, in an empty network namespace.
import os
import socket
import urllib.request

found = []
socket.setdefaulttimeout(1)
port = int(os.environ.get("BAIT_PORT", "1"))
for address in [("127.0.0.1", port), ("localhost", port), ("1.1.1.1", 443)]:
    try:
        socket.create_connection(address).close()
        found.append("connected to %s:%d" % address)
    except OSError:
        pass
try:
    urllib.request.urlopen("http://127.0.0.1:%d/" % port)
    found.append("fetched a page")
except OSError:
    pass
try:
    socket.getaddrinfo("example.org", 80)
    found.append("resolved a name")
except OSError:
    pass
try:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as local:
        local.connect("\0" + os.environ.get("BAIT_SOCKET", "none"))
        found.append("connected to the judge's socket")
except OSError:
    pass
for what in found:
    print("ESCAPED:", what)
if not found:
    print("HELD")
