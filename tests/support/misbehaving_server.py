"""A model server that misbehaves on request, for tests. Loopback only, standard library only.

Prints its port on the first line of stdout and ends when stdin is closed, so that it never outlives
the test that started it.

POST /v1/chat/completions does what the part of "model" before ':' names (see BEHAVIOURS); the whole
of "model" counts as one client, so "cut-once:a" and "cut-once:b" fail once each. GET /raw/NAME does
the same below the chat protocol. GET /log/MODEL tells what arrived for a model.

GET /files/HOW/NAME serves the lines "NAME line 0" .. with byte ranges (see FILES for HOW), and
GET /rows/HOW/COUNT?offset=&length= pages of COUNT rows (see ROWS); /log/files/HOW/NAME, likewise.
"""

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A hang ends after this: a client that fails to time out must not hang its test for ever.
HANG_SECONDS = 30


class Log:
    """What arrived, per model; and how much of it was there at once."""

    def __init__(self):
        self.changed = threading.Condition()
        self.requests = {}
        self.in_flight = 0
        self.most_in_flight = 0
        self.connections = 0

    def arrive(self, model, body, headers):
        with self.changed:
            seen = self.requests.setdefault(model, [])
            seen.append({"body": body, "headers": headers, "at": time.monotonic()})
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.changed.notify_all()
            return len(seen)

    def leave(self):
        with self.changed:
            self.in_flight -= 1
            self.changed.notify_all()


LOG = Log()


def chunk(delta=None, finish=None, **more):
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "served-model",
            "system_fingerprint": "fp_test", "choices": [choice], **more}


USAGE = {"id": "c1", "object": "chat.completion.chunk", "model": "served-model", "choices": [],
         "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}}


def stream(deltas, finish="stop"):
    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk(delta) for delta in deltas]
    events += [chunk(finish=finish), USAGE]
    return "".join("data: %s\n\n" % json.dumps(e) for e in events) + "data: [DONE]\n\n"


HELLO = [{"content": "Hello"}, {"content": ", wörld"}, {"content": " 🌍"}]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with LOG.changed:
            LOG.connections += 1

    def log_message(self, *args):
        pass

    # --- what goes out

    def whole(self, status, body, content_type="application/json", headers=()):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end_stream(self):
        self.wfile.write(b"0\r\n\r\n")

    def events(self, text):
        self.begin_stream()
        self.piece(text)
        self.end_stream()

    def cut(self):
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def hang(self):
        """Says nothing until the client goes away."""
        self.wfile.flush()
        self.connection.settimeout(HANG_SECONDS)
        try:
            self.connection.recv(1)
        except OSError:
            pass
        self.close_connection = True

    def ok(self):
        self.events(stream(HELLO))

    # --- what came in

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw)
        model = body.get("model", "")
        nth = LOG.arrive(model, body, dict(self.headers))
        self.path_asked = self.path
        try:
            name, _, argument = model.split(":", 1)[0].partition("=")
            BEHAVIOURS[name](self, nth, body, argument)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            LOG.leave()

    def do_GET(self):
        name = self.path.split("/", 2)[-1]
        if self.path.startswith("/log/"):
            with LOG.changed:
                self.whole(200, json.dumps({
                    "requests": LOG.requests.get(name, []),
                    "most_in_flight": LOG.most_in_flight, "connections": LOG.connections}))
            return
        if self.path.startswith(("/files/", "/rows/")):
            path = self.path.partition("?")[0].strip("/")
            nth = LOG.arrive(path, {}, dict(self.headers, Query=self.path.partition("?")[2]))
            kind, how, name = path.split("/", 2)
            try:
                (FILES if kind == "files" else ROWS)[how](self, nth, name)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                LOG.leave()
            return
        LOG.arrive("raw", {}, dict(self.headers))
        try:
            name, _, argument = name.split("?")[0].partition("=")
            BEHAVIOURS[name](self, 0, {}, argument)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            LOG.leave()


def once(bad):
    """`bad` for the first request of a model, then all is well."""
    return lambda h, nth, body, arg: bad(h) if nth == 1 else h.ok()


def drip(h, nth, body, arg):
    h.begin_stream()
    for _ in range(HANG_SECONDS * 20):
        h.piece("data: %s\n\n" % json.dumps(chunk({"content": "."})))
        time.sleep(0.05)
    h.end_stream()


def huge(h, nth, body, arg):
    h.begin_stream()
    event = "data: %s\n\n" % json.dumps(chunk({"content": "x" * 65536}))
    for _ in range(1 << 14):
        h.piece(event)
    h.end_stream()


def cut_midway(h):
    h.begin_stream()
    text = stream(HELLO)
    h.piece(text[:len(text) // 2])
    h.cut()


def cut_cleanly(h):
    """The body ends as HTTP says it should, but in the middle of the reply."""
    h.begin_stream()
    h.piece("".join("data: %s\n\n" % json.dumps(chunk(d)) for d in HELLO))
    h.end_stream()


def cut_after_finish(h, nth, body, arg):
    h.begin_stream()
    h.piece("".join("data: %s\n\n" % json.dumps(e)
                    for e in [chunk(d) for d in HELLO] + [chunk(finish="stop")]))
    h.cut()


def stall(h):
    h.begin_stream()
    h.piece("data: %s\n\n" % json.dumps(chunk({"content": "Hel"})))
    h.hang()


def odd_chunks(h, nth, body, arg):
    """Pieces of 1, 2, 3, 1, 2, ... bytes: cut inside of lines, line ends and code points."""
    h.begin_stream()
    data = stream(HELLO).replace("\n", "\r\n").encode().replace(b"\\u00f6", "ö".encode())
    at, size = 0, 1
    while at < len(data):
        h.piece(data[at:at + size])
        at, size = at + size, size % 3 + 1
    h.end_stream()


def json_reply(h, nth, body, arg):
    message = {"role": "assistant", "content": "Hello, wörld 🌍"}
    h.whole(200, json.dumps({
        "id": "c1", "object": "chat.completion", "model": "served-model",
        "system_fingerprint": "fp_test",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": USAGE["usage"]}))


def echo_authorization(h, status):
    words = "bad request with header Authorization: %s" % h.headers.get("Authorization")
    h.whole(status, json.dumps({"error": {"message": words, "type": "invalid_request_error"}}))


def echo_authorization_late(h, nth, body, arg):
    """The key begins `arg` bytes into a long message."""
    words = "x" * int(arg) + h.headers.get("Authorization").split()[1] + "y" * 1000
    h.whole(400, json.dumps({"error": {"message": words}}))


def barrier(h, nth, body, arg):
    """Answers nobody before `arg` requests are here at the same time."""
    with LOG.changed:
        all_here = LOG.changed.wait_for(
            lambda: LOG.most_in_flight >= int(arg), timeout=HANG_SECONDS)
    if all_here:
        h.ok()
    else:
        h.whole(503, "{}")


def count_down(status, failures, headers=()):
    """`failures` times `status`, then all is well."""
    def behave(h, nth, body, arg):
        if nth > failures:
            h.ok()
        else:
            h.whole(status, json.dumps({"error": {"message": "try %d" % nth}}), headers=headers)
    return behave


def retry_at_date(h, nth, body, arg):
    if nth > 1:
        h.ok()
        return
    h.send_response_only(429)
    h.send_header("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
    h.send_header("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT")
    h.send_header("Content-Length", "0")
    h.end_headers()


def echo_request(h, nth, body, arg):
    told = {"body": body, "path": h.path_asked, "authorization": h.headers.get("Authorization")}
    h.events(stream([{"content": json.dumps(told)}]))


def slow(h, nth, body, arg):
    time.sleep(float(arg))
    h.whole(200, "slow", "text/plain")


def partial(h, nth, body, arg):
    h.send_response(200)
    h.send_header("Content-Length", "1000")
    h.end_headers()
    h.wfile.write(b"0123456789")
    h.cut()


def content_of(name):
    return b"".join(b"%s line %d\n" % (name.encode(), i) for i in range(2000))


def serve(h, data, tag='"v1"', ranges=True, most=None, lie=0, modified=None):
    """At most `most` bytes of what is due, and then the connection breaks."""
    asked, condition = h.headers.get("Range"), h.headers.get("If-Range")
    start = 0
    if ranges and asked and condition in (None, tag, modified):
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(data):
            h.whole(416, "", headers=[("Content-Range", "bytes */%d" % len(data))])
            return
        h.send_response(206)
        h.send_header("Content-Range", "bytes %d-%d/%d" % (start + lie, len(data) - 1, len(data)))
    else:
        h.send_response(200)
    body = data[start:]
    h.send_header("Content-Length", str(len(body)))
    if tag:
        h.send_header("ETag", tag)
    if modified:
        h.send_header("Last-Modified", modified)
    h.end_headers()
    h.wfile.write(body if most is None else body[:most])
    if most is not None and most < len(body):
        h.cut()


def redirect(h, where):
    h.send_response(302)
    h.send_header("Location", where)
    h.send_header("Content-Length", "0")
    h.end_headers()


def file_that_changes(h, nth, name):
    """Another file under the same name after the first try."""
    if nth == 1:
        serve(h, content_of("old"), tag='"old"', most=5000)
    else:
        serve(h, content_of(name), tag='"new"')


FILES = {
    "plain": lambda h, nth, name: serve(h, content_of(name)),
    "cut": lambda h, nth, name: serve(h, content_of(name), most=7000),
    "cut-once": lambda h, nth, name: serve(h, content_of(name), most=7000 if nth == 1 else None),
    "cut-dated": lambda h, nth, name: serve(
        h, content_of(name), tag=None, modified="Sun, 06 Nov 1994 08:49:37 GMT", most=7000),
    "cut-unmarked": lambda h, nth, name: serve(
        h, content_of(name), tag=None, most=7000 if nth == 1 else None),
    "no-ranges": lambda h, nth, name: serve(
        h, content_of(name), ranges=False, most=7000 if nth == 1 else None),
    "lying": lambda h, nth, name: serve(
        h, content_of(name), lie=5 if nth == 2 else 0, most=7000 if nth == 1 else None),
    "changes": file_that_changes,
    "shrinks": lambda h, nth, name: serve(
        h, content_of(name) if nth == 1 else content_of(name)[:100], most=7000),
    "nothing": lambda h, nth, name: serve(h, content_of(name), most=0),
    "empty": lambda h, nth, name: serve(h, b""),
    "busy": lambda h, nth, name: (h.whole(503, "", headers=[("Retry-After", "0")]) if nth < 3
                                  else serve(h, content_of(name))),
    "missing": lambda h, nth, name: h.whole(404, "no such file"),
    "page": lambda h, nth, name: h.whole(200, "\n<!DOCTYPE html><p>Sign in", "text/html"),
    "pointer": lambda h, nth, name: serve(h, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "moved": lambda h, nth, name: redirect(h, "/files/plain/" + name),
    "circle": lambda h, nth, name: redirect(h, "/files/circle/" + name),
}


def rows(h, name, total=None, shift=0, cut_cells=(), least=None):
    query = dict(part.split("=") for part in h.path.partition("?")[2].split("&"))
    offset, length = int(query["offset"]), int(query["length"])
    last = min(int(name), offset + length)
    page = [{"row_idx": i + shift, "row": {"id": i, "name": "row ü %d" % i},
             "truncated_cells": list(cut_cells)} for i in range(offset, last)]
    h.whole(200, json.dumps({"features": [], "rows": page[:least], "partial": False,
                             "num_rows_total": int(name) if total is None else total}))


ROWS = {
    "plain": lambda h, nth, name: rows(h, name),
    "busy": lambda h, nth, name: (h.whole(429, "", headers=[("Retry-After", "0")]) if nth % 2
                                  else rows(h, name)),
    "short": lambda h, nth, name: rows(h, name, least=7),
    "breaks": lambda h, nth, name: rows(h, name) if nth < 3 else h.whole(404, ""),
    "breaks-once": lambda h, nth, name: rows(h, name) if nth != 3 else h.whole(404, ""),
    "shifted": lambda h, nth, name: rows(h, name, shift=1),
    "cut-cells": lambda h, nth, name: rows(h, name, cut_cells=["patch"]),
    "grows": lambda h, nth, name: rows(h, name, total=int(name) + nth),
    "none": lambda h, nth, name: rows(h, "0", total=5),
    "garbage": lambda h, nth, name: h.whole(200, "<html>"),
}


ERROR_500 = 'data: {"error": {"message": "engine died", "code": 500}}\n\n'
ERROR_400 = ('data: {"error": {"message": "context too long", "type": "invalid_request_error", '
             '"code": null}}\n\n')

BEHAVIOURS = {
    "ok": lambda h, nth, body, arg: h.ok(),
    "ok-json": json_reply,
    "echo": echo_request,
    "reasoning-content": lambda h, *_: h.events(stream(
        [{"reasoning_content": "Let me "}, {"reasoning_content": "think"}] + HELLO)),
    "reasoning": lambda h, *_: h.events(stream([{"reasoning": "Let me think"}] + HELLO)),
    "think-tags": lambda h, *_: h.events(stream(
        [{"content": "<thi"}, {"content": "nk>\nLet me think\n</th"}, {"content": "ink>\n\n"}]
        + HELLO)),
    "refusal": lambda h, *_: h.events(stream([{"refusal": "I will not"}])),
    "finish": lambda h, nth, body, arg: h.events(stream(HELLO, finish=arg)),
    "crlf": lambda h, *_: h.events((": ping\n\n" + stream(HELLO)).replace("\n", "\r\n")),
    "odd-chunks": odd_chunks,
    "rate-limited": count_down(429, 1, [("Retry-After", "0.3")]),
    "rate-limited-date": retry_at_date,
    "rate-limited-long": count_down(429, 1, [("Retry-After", "3600")]),
    "500-twice": count_down(500, 2),
    "status-once": lambda h, nth, body, arg: count_down(int(arg), 1)(h, nth, body, arg),
    "status": lambda h, nth, body, arg: echo_authorization(h, int(arg)),
    "echo-late": echo_authorization_late,
    "cut-once": once(cut_midway),
    "cut-cleanly-once": once(cut_cleanly),
    "cut": lambda h, *_: cut_midway(h),
    "cut-after-finish": cut_after_finish,
    "close-once": once(lambda h: h.cut()),
    "garbage-once": once(lambda h: h.whole(200, "<html>Bad gateway</html>", "text/html")),
    "garbage-json-once": once(lambda h: h.whole(200, '{"choices": [')),
    "garbage-event-once": once(lambda h: h.events('data: {"choices": [\n\n')),
    "echo-garbage": lambda h, *_: h.events("data: %s\n\n" % h.headers.get("Authorization")),
    "silent": lambda h, *_: h.hang(),
    "silent-once": once(lambda h: h.hang()),
    "stall-once": once(stall),
    "drip": drip,
    "huge": huge,
    "error-in-stream-once": once(lambda h: h.events(ERROR_500)),
    "error-in-stream": lambda h, *_: h.events(ERROR_400),
    "barrier": barrier,
    "redirect": lambda h, *_: h.whole(307, "", headers=[("Location", "/raw/hello")]),
    "hello": lambda h, *_: h.whole(200, "hello", "text/plain", [("X-Test", "  yes ")]),
    "slow": slow,
    "partial": partial,
    "not-http": lambda h, *_: (h.wfile.write(b"SSH-2.0-nothing\r\n\r\n"), h.cut()),
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # hundreds of clients connect at the same moment

    def handle_error(self, request, client_address):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
