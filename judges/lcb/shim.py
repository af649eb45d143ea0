# Runs one Python submission on all its inputs the way the official evaluator of LiveCodeBench does, and
# writes what comes out to the judge. It knows no expected output and decides nothing.
#
# Standard input (then replaced by /dev/null), all texts in UTF-8:
#     NONCE MODE SECONDS CODE_BYTES FUNCTION_BYTES INPUT_COUNT\n
#     INPUT_BYTES INPUT_BYTES ...\n
#     code, function name, inputs
# MODE: "stdin" (a program), "stdin-2501" (the same as the evaluator was until May 2025), "function" (a function, one process for all inputs), "call" (a function,
# called plainly: no alarm, nothing disabled).
# The one argument says what the interpreter is for: "plain" (mode "call") or "official" (the others).
#
# What was the standard output carries frames; the program's own standard output is /dev/null:
#     NONCE KIND INDEX WALL_US CPU_US BYTES\n payload
# KIND: ready    the interpreter is up, nothing of the submission has run
#       loaded   the code was executed; inputs follow
#       output   what was printed for input INDEX
#       value    what was returned for it, spelled as python_value.h says
#       error    input INDEX (or -1: loading) ended so: a status (error, timeout), a space, its text
#       done     nothing follows
#
# Everything the submission can reach here it may change, the frames included: what it gains is an
# output of its own choosing, which it could as well have printed.
#
# Where the sandbox can, one interpreter does all up to the fork in main() and every run is a child of it. A
# child pays for each page of memory that it writes to, and counting references writes to all it looks
# at: what can be done before is done before, and what is left imports nothing and looks at little.
#
# Of one text with interpreter_state.py, program_text.py and spell_value.py, which come before (shim_run.cpp).
import builtins
import faulthandler
import gc
import io
import json
import os
import resource
import signal
import sys
import time
from types import ModuleType


class Job:
    def __init__(self, mode, seconds, code, function, inputs):
        self.mode, self.seconds, self.code = mode, seconds, code
        self.function, self.inputs = function, inputs


def take_job():
    data = bytearray()
    while True:
        chunk = os.read(0, 1 << 16)
        if not chunk:
            break
        data += chunk
    first = data.index(b"\n")
    second = data.index(b"\n", first + 1)
    nonce, mode, seconds, code_bytes, function_bytes, count = bytes(data[:first]).split(b" ")
    sizes = [int(code_bytes), int(function_bytes)]
    sizes += [int(size) for size in data[first + 1:second].split()]
    assert len(sizes) == 2 + int(count)
    texts = []
    at = second + 1
    for size in sizes:
        texts.append(bytes(data[at:at + size]).decode("utf-8", "surrogatepass"))
        at += size
    assert at == len(data)
    return nonce, Job(mode.decode(), int(seconds), texts[0], texts[1], texts[2:])


def open_channel(nonce):
    """Moves the standard output out of the submission's way and returns what writes a frame to it. A frame
    for `later` goes with the next one: each write wakes the judge up."""
    wall, cpu = time.perf_counter, time.process_time
    write, null = os.write, os.open("/dev/null", os.O_RDWR)
    channel = os.dup(1)
    for fd in (0, 1):
        os.dup2(null, fd)
    os.close(null)
    started = [wall(), cpu()]
    held = []

    def restart():
        started[:] = wall(), cpu()

    def send(kind, index, payload, later=False):
        wall_us, cpu_us = (wall() - started[0]) * 1e6, (cpu() - started[1]) * 1e6
        held.append(b"%s %s %d %d %d %d\n" % (nonce, kind, index, wall_us, cpu_us, len(payload)) + payload)
        if later:
            return
        frames = b"".join(held)
        held.clear()
        while frames:
            frames = frames[write(channel, frames):]

    return send, restart


# Kept from the submission, which may replace it.
json_value = json.loads


class TimeoutException(Exception):
    pass


def on_alarm(signum, frame):
    # Printed where the submission prints: one that swallows the exception has this line in its output.
    print("timeout occured: alarm went off")
    raise TimeoutException


class InputBuffer:
    def __init__(self, text):
        self.inputs = text.encode("utf-8")

    def read(self, *args):
        return self.inputs

    def readline(self, *args):
        return self.inputs.split(b"\n")[0] + b"\n"


class Input:
    """Stands for sys.stdin. No iterator, and read() gives all of it however much was read before."""

    def __init__(self, text):
        self.inputs = text
        self._stringio = io.StringIO(text)
        self.buffer = InputBuffer(text)

    def read(self, *args):
        return self.inputs

    def readline(self, *args):
        return self._stringio.readline(*args)

    def readlines(self, *args):
        return self.inputs.split("\n")

    def __getattr__(self, name):
        return getattr(self._stringio, name)


def call_with_input(function, text, make_stdin):
    """Calls `function` with `text` for its input, as seen through sys.stdin and builtins.open."""
    real, real_open = sys.stdin, builtins.open
    lines = iter(text.split("\n"))
    # A program that took sys.stdin when it was loaded (from sys import stdin) has the real one.
    real.read = lambda *args: text
    real.readlines = lambda *args: text.split("\n")
    real.readline = lambda *args: next(lines)
    mocked = []

    def open_mock(*args, **kwargs):
        if not mocked:
            from unittest.mock import mock_open
            mocked.append(mock_open(read_data=text))
        return mocked[0](*args, **kwargs)

    sys.stdin = make_stdin(text)
    builtins.open = open_mock
    try:
        function()
    except SystemExit:
        pass
    finally:
        builtins.open = real_open
        sys.stdin = real
        for name in ("read", "readlines", "readline"):
            real.__dict__.pop(name, None)


def make_module():
    module = ModuleType("tmp_sol", "")
    exec(HEADER, module.__dict__)
    return module


def load_program(code, module, clock, seconds):
    """Executes a program that became a function, and returns where its names are found. `module`: one in which
    the header has been executed."""
    compiled = compile_by_lines(code)
    if compiled is not None:
        return load(compiled, module, False, clock, seconds)
    limit_calls(CALLS_LEFT)
    text = as_function(code)
    # Also where the class is inside the function that a program became, and is not found.
    return load(text, ModuleType("tmp_sol", ""), "class Solution" in text, clock, seconds)


def load_functions(code, module, clock, seconds):
    limit_calls(CALLS_LEFT)
    has_class = "class Solution" in code
    # What the header imported cannot be declared global after it.
    if "global" in code:
        return load(HEADER + "\n\n" + code, ModuleType("tmp_sol", ""), has_class, clock, seconds)
    clock.alarm(seconds)
    # Not the beginning of a file, where a text is a description and __future__ can be imported. Lines are
    # counted as if the header stood there.
    compiled = compile("pass" + "\n" * (HEADER.count("\n") + 2) + code, "<string>", "exec", dont_inherit=True)
    return load(compiled, module, has_class, clock, seconds)


def load(code, module, has_class, clock, seconds):
    clock.alarm(seconds)
    try:
        if not isinstance(code, str):
            sys.setrecursionlimit(50000)
        gc.enable()
        exec(code, module.__dict__)
        home = module.Solution() if has_class else module
        assert home is not None
    finally:
        clock.alarm(0)
    return home


def find(home, name):
    try:
        return getattr(home, name)
    except Exception:
        return None


def describe(error):
    """How the official evaluator tells a timeout from an error: by the name in its text."""
    text = repr(error)
    status = "timeout" if "timeoutexception" in text.lower() else "error"
    return (status + " " + text).encode("utf-8", "replace")[:4096]


class Ended(Exception):
    pass


def run_program(function, inputs, make_stdin, send, restart, clock, seconds):
    last, total = len(inputs) - 1, 0
    for index, text in enumerate(inputs):
        restart()
        clock.alarm(seconds)
        faulthandler.enable()
        capture = io.StringIO()
        capture.close = lambda ignored: 1
        outer, sys.stdout = sys.stdout, capture
        try:
            try:
                # The sum is for nothing but to fail where it fails officially: on a clock that gives no numbers.
                started = clock.time()
                call_with_input(function, text, make_stdin)
                total += clock.time() - started
                clock.alarm(0)
            except Exception as error:
                clock.alarm(0)
                send(b"error", index, describe(error))
                raise Ended from None
            finally:
                clock.alarm(0)
                faulthandler.disable()
        finally:
            sys.stdout = outer
        send(b"output", index, capture.getvalue().encode("utf-8", "surrogatepass"), index == last)


def run_function(function, arguments, spell, send, restart, clock, seconds):
    last, total = len(arguments) - 1, 0
    for index, values in enumerate(arguments):
        restart()
        clock.alarm(seconds)
        faulthandler.enable()
        try:
            started = clock.time()
            value = function(*values)
            total += clock.time() - started
            clock.alarm(0)
            if isinstance(value, tuple):
                value = list(value)
            send(b"value", index, spell(value), index == last)
        except Exception as error:
            clock.alarm(0)
            send(b"error", index, describe(error))
            raise Ended from None
        finally:
            clock.alarm(0)
            faulthandler.disable()


def run(job, module, spell, clock, send, restart):
    seconds, spoilt = job.seconds, None
    try:
        clock.alarm(seconds)
        if job.mode.startswith("stdin"):
            home = load_program(job.code, module, clock, seconds)
            function = find(home, "wrapped_function")
            if function is None:
                raise TypeError("the program could not be made a function")
            send(b"loaded", -1, b"", True)
            make_stdin = Input if job.mode == "stdin" else io.StringIO
            deeper(CALLS_BEFORE_PROGRAM, run_program, function, job.inputs, make_stdin, send, restart, clock, seconds)
        else:
            home = load_functions(job.code, module, clock, seconds)
            function = find(home, job.function)
            if function is None:
                raise AttributeError("there is no function " + job.function)
            arguments = [[json_value(line) for line in text.split("\n")] for text in job.inputs]
            send(b"loaded", -1, b"", True)
            run_function(function, arguments, spell, send, restart, clock, seconds)
    except Ended:
        pass
    except Exception as error:
        # Whatever is raised outside of a call spoils the whole program, also a late alarm.
        spoilt = ("error " + repr(error)).encode("utf-8", "replace")[:4096]
    finally:
        # Before anything is told: where this fails, nothing was.
        clock.alarm(0)
    if spoilt is not None:
        send(b"error", -1, spoilt)


REHEARSED = """
import sys
def solve(n):
    return [str(i) for i in range(n) if i % 2 == 0 or i > 3]
n = int(input())
for line in solve(n):
    print(line, end=" ")
"""


def rehearse(spell, clock, is_official):
    """Runs a program of our own a few times: an interpreter writes to code until it has seen its types."""
    jobs = [Job("call", 6, REHEARSED.replace("input()", "1"), "solve", ["3", "4"])]
    if is_official:
        jobs.append(Job("stdin", 6, REHEARSED, "", ["3\n", "4\n"]))
    for _ in range(32):
        for job in jobs:
            run(job, make_module(), spell, clock, lambda *ignored: None, lambda: None)


def main(is_official):
    is_warm = os.environ.pop("EVALCTL_WARM", None) is not None
    leave, fork = os._exit, os.fork
    count_calls_once()
    like_a_usual_interpreter()
    reopen_stdin()
    if is_official:
        signal.signal(signal.SIGALRM, on_alarm)
        disable_functions()
    clock = OfficialClock if is_official else NoClock
    spell = make_speller()
    if is_warm:
        rehearse(spell, clock, is_official)
    module = make_module()
    if is_warm:
        # The collector would write to every object.
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()
        gc.disable()
        # Returns in a child of this interpreter, see warm_start of the sandbox's Command. Nothing before has
        # read anything of its run.
        fork()
    nonce, job = take_job()
    send, restart = open_channel(nonce)
    limit_stack()
    send(b"ready", -1, b"")
    restart()
    try:
        run(job, module, spell, clock, send, restart)
        # Officially the results go on through code that knows a text by builtins.str, or get lost.
        if not is_official or isinstance("", str):
            send(b"done", -1, b"")
    finally:
        # Without what the submission may have left to be done at exit. A submission that was ended by
        # something no `except Exception` sees (KeyboardInterrupt) has sent no "done".
        leave(0)


if sys.argv[1:] == ["official"]:
    # Before the fork, where it costs a run nothing.
    deeper(CALLS_BEFORE, main, True)
else:
    main(False)
