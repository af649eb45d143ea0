"""A model server that marks proofs by rule, for tests. Loopback only, standard library only.

As a program it prints its port on the first line of stdout and ends when stdin is closed. As a module,
`GraderServer` runs it inside a test, which can then look at `requests`.

The true mark of a proof is written in it as "TRUE MARK n"; a proof without that deserves 0. "model" says
who marks:

    perfect         the true mark
    noisy           drawn from MATRIX[true mark], by the request's seed
    biased          one more than the true mark, at most 7
    injected        7 for a proof that tells the marker to award full marks, else the true mark
    refusing        refuses
    truncated       is cut off
    garbage         says something, and no mark
    solver          writes solutions, and verifies them with 0.5
"""

import hashlib
import json
import random
import re
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def matrix():
    """P(grader's mark | true mark): 0.7 right, 0.2 one off, 0.1 anywhere."""
    rows = []
    for true in range(8):
        neighbours = [m for m in (true - 1, true + 1) if 0 <= m <= 7]
        row = [0.1 / 8] * 8
        row[true] += 0.7
        for mark in neighbours:
            row[mark] += 0.2 / len(neighbours)
        rows.append(row)
    return rows


MATRIX = matrix()


def proof_in(prompt):
    """What stands between the two lines with the nonce; empty if there are none."""
    found = re.search(r"----- ([0-9a-f]{16}) begins -----\n(.*)\n----- \1 ends -----", prompt, re.S)
    return found.group(2) if found else ""


def true_mark(proof):
    found = re.search(r"TRUE MARK (\d)", proof)
    return int(found.group(1)) if found else 0


def mark_by(model, proof, rng):
    true = true_mark(proof)
    if model == "noisy":
        return rng.choices(range(8), weights=MATRIX[true])[0]
    if model == "biased":
        return min(7, true + 1)
    if model == "injected" and "full marks are to be awarded" in proof:
        return 7
    return true


def marking(prompt, mark):
    """A reply in the form the prompt asks for."""
    if "N out of 7" in prompt:
        nearest = min((0, 1, 6, 7), key=lambda m: (abs(m - mark), m))
        return f"I examined it.\n<points>{nearest} out of 7</points>"
    if "\\boxed{S}" in prompt:
        return "Here is my evaluation of the solution: fine.\n\\boxed{%s}" % (
            "1" if mark == 7 else "0.5" if mark >= 3 else "0")
    if "<scheme>" in prompt:
        return "<scheme>\n1. (7 points) All of it\n</scheme>"
    if "Rewrite the proof" in prompt:
        return f"<proof>\n{proof_in(prompt)}\n</proof>"
    return f"<comment>Worth {mark}, because $1 = 1$.</comment>\n<points>{mark}</points>"


def reply(model, prompt, seed):
    """(text, finish reason)"""
    rng = random.Random(hashlib.sha256(f"{seed}\n{prompt}".encode()).digest())
    if model == "truncated":
        return "<points>", "length"
    if model == "garbage":
        return "A fine proof, I would say.", "stop"
    if model == "solver":
        if prompt.startswith("You check whether"):
            return "Here is my evaluation of the solution: gaps.\n\\boxed{0.5}", "stop"
        return ("## Solution\n\nProof number %d. TRUE MARK 7\n\n## Self Evaluation\n\nGood.\n\\boxed{1}" %
                rng.randrange(10**9)), "stop"
    return marking(prompt, mark_by(model, proof_in(prompt), rng)), "stop"


def is_gone(connection):
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class GraderServer:
    """Use as a context manager."""

    def __init__(self):
        self.lock = threading.Condition()
        self.requests = []  # (model, prompt, seed), in the order answered
        self.hold_after = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                outer.answer(self, body)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def answer(self, handler, body):
        prompt = "\n".join(message["content"] for message in body["messages"])
        with self.lock:
            while self.hold_after is not None and len(self.requests) >= self.hold_after:
                if not self.lock.wait(timeout=60):
                    return
            if is_gone(handler.connection):
                handler.close_connection = True
                return  # killed while it waited: nobody was answered
            self.requests.append((body["model"], prompt, body.get("seed")))
            self.lock.notify_all()
        text, finish = reply(body["model"], prompt, body.get("seed"))
        delta = {"refusal": "I will not"} if body["model"] == "refusing" else {"content": text}
        chunk = {"id": "c", "object": "chat.completion.chunk", "model": body["model"]}
        events = [
            {**chunk, "choices": [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}]},
            {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
            {**chunk, "choices": [], "usage": {"prompt_tokens": len(prompt) // 4, "completion_tokens": 20}},
        ]
        data = ("".join("data: %s\n\n" % json.dumps(event) for event in events) + "data: [DONE]\n\n").encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def hold(self, after):
        """Answers `after` requests in all, and keeps later ones waiting; None: answers all."""
        with self.lock:
            self.hold_after = after
            self.lock.notify_all()

    def wait_for(self, count):
        with self.lock:
            return self.lock.wait_for(lambda: len(self.requests) >= count, timeout=60)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.hold(None)
        self.server.shutdown()
        self.server.server_close()


def main():
    with GraderServer() as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
