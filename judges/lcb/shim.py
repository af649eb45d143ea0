# Runs one Python submission on all its inputs the way the official evaluator of LiveCodeBench does, and
# writes what comes out to the judge. It knows no expected output and decides nothing.
#
# Standard input (then replaced by /dev/null), all texts in UTF-8:
#     NONCE MODE SECONDS CODE_BYTES FUNCTION_BYTES INPUT_COUNT\n
#     INPUT_BYTES INPUT_BYTES ...\n
#     code, function name, inputs
# MODE: "stdin" (a program), "stdin-2501" (the same as the evaluator was until May 2025), "function" (a function, one process for all inputs), "call" (a function,
# called plainly: no alarm, nothing disabled).
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
import sys


def take_job():
    import os

    data = bytearray()
    while True:
        chunk = os.read(0, 1 << 20)
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
    return nonce, mode.decode(), int(seconds), texts[0], texts[1], texts[2:]


def open_channel(nonce):
    """Moves the standard output out of the submission's way and returns what writes a frame to it."""
    import os
    from time import perf_counter as wall, process_time as cpu

    write, null = os.write, os.open("/dev/null", os.O_RDWR)
    channel = os.dup(1)
    for fd in (0, 1):
        os.dup2(null, fd)
    os.close(null)
    started = [wall(), cpu()]

    def restart():
        started[:] = wall(), cpu()

    def send(kind, index, payload):
        times = (int((now() - then) * 1e6) for now, then in zip((wall, cpu), started))
        frame = b"%s %s %d %d %d %d\n" % (nonce, kind, index, *times, len(payload)) + payload
        while frame:
            frame = frame[write(channel, frame):]

    return send, restart


class TimeoutException(Exception):
    pass


def on_alarm(signum, frame):
    # Printed where the submission prints: one that swallows the exception has this line in its output.
    print("timeout occured: alarm went off")
    raise TimeoutException


# What the official evaluator puts before every program, in this order: a later module hides names of an
# earlier one (pow is operator's, open and exit are those of builtins).
STAR_MODULES = ("string re datetime collections heapq bisect copy math random statistics itertools "
                "functools operator io sys json builtins typing").split()
HEADER = "".join(
    ["from %s import *\n" % name for name in STAR_MODULES] +
    ["import %s\n" % name for name in STAR_MODULES if name not in ("builtins", "typing")] +
    ["sys.setrecursionlimit(50000)\n"])

DISABLED_IN_OS = ("kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename "
                  "renames truncate replace unlink fchmod fchown chmod chown chroot lchflags lchmod "
                  "lchown getcwd chdir").split()


def disable_functions(code):
    import builtins
    import os

    builtins.quit = None
    builtins.help = None
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in DISABLED_IN_OS:
        setattr(os, name, None)
    # Imported only for programs that can ask for them: they take longer to load than most programs run.
    if any(name in code for name in ("shutil", "tempfile")):
        import shutil
        shutil.rmtree = shutil.move = shutil.chown = None
    if any(name in code for name in ("subprocess", "asyncio")):
        import subprocess
        subprocess.Popen = None
    for name in ("ipdb", "joblib", "resource", "psutil", "tkinter"):
        sys.modules[name] = None


def like_a_usual_interpreter():
    """What -I -S leaves out of an interpreter and programs rely on."""
    import _sitebuiltins
    import builtins
    import resource

    end = "Ctrl-D (i.e. EOF)"
    builtins.exit = _sitebuiltins.Quitter("exit", end)
    builtins.quit = _sitebuiltins.Quitter("quit", end)
    builtins.help = _sitebuiltins._Helper()
    version = "python%d.%d" % sys.version_info[:2]
    sys.path += ["/usr/local/lib/%s/dist-packages" % version, "/usr/lib/python3/dist-packages"]
    sys.argv[:] = [""]
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(50000)
    # The usual stack of a main thread; the box allows as much as there is memory.
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    soft = 8 << 20
    if hard == resource.RLIM_INFINITY or hard > soft:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def reopen_stdin():
    import io

    closed = sys.stdin
    sys.stdin = io.open(0, encoding="utf-8", closefd=False)
    closed.close()


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
        import io

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
    import builtins

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


def is_main_guard(ast, statement):
    return (isinstance(statement, ast.If) and
            ast.unparse(statement.test).strip() == "__name__ == '__main__'")


def as_function(code):
    """The program as the body of a function, imports before it; as it is where that cannot be done."""
    import ast

    try:
        body = ast.parse(code).body
        if is_main_guard(ast, body[-1]):
            code = ast.unparse(body[:-1]) + "\n" + ast.unparse(body[-1].body)
    except BaseException:
        pass
    try:
        imports, others = [], []
        for statement in ast.parse(code).body:
            is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
            (imports if is_import else others).append(statement)
        wrapped = ast.FunctionDef(
            name="wrapped_function",
            args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]),
            body=others, decorator_list=[], lineno=-1)
        return HEADER + "\n" + ast.unparse(imports) + "\n" + ast.unparse(wrapped)
    except Exception:
        return code


def load(code, alarm, seconds):
    """Executes `code` as a module and returns where its names are found."""
    from types import ModuleType

    alarm(seconds)
    try:
        module = ModuleType("tmp_sol", "")
        exec(code, module.__dict__)
        # Also where the class is inside the function that a program became, and is not found.
        home = module.Solution() if "class Solution" in code else module
        assert home is not None
    finally:
        alarm(0)
    return home


def find(home, name):
    try:
        return getattr(home, name)
    except Exception:
        return None


def make_speller():
    from collections import Counter, OrderedDict, UserDict, UserList, UserString
    from decimal import Decimal
    from fractions import Fraction

    depth_max, bytes_max = 1000, 256 << 20
    keepers = {base: {base.__eq__} for base in (int, float, str, list, tuple, dict)}
    keepers[dict] |= {Counter.__eq__, OrderedDict.__eq__}

    def ratio(top, bottom):
        if bottom == 1:
            return b"i%s;" % str(top).encode()
        power = bottom.bit_length() - 1
        # Nothing in JSON is equal to a number that no double holds.
        return b"r%s/%d;" % (format(top, "x").encode(), power) if bottom == 1 << power else b"x;"

    def number(value):
        if value != value:
            return b"x;"
        if value in (float("inf"), float("-inf")):
            return b"I;" if value > 0 else b"J;"
        return ratio(*value.as_integer_ratio())

    def plain(value):
        """`value` as one of the types JSON has, or None if it compares in a way of its own."""
        for base, equals in keepers.items():
            if isinstance(value, base):
                return base if type(value).__eq__ in equals else None
        return None

    def spell(value, out, left, depth):
        kind = type(value)
        if kind not in keepers:
            if value is None:
                return add(b"n;", out, left)
            if kind.__module__ == "numpy" and hasattr(value, "item") and not hasattr(value, "__len__"):
                return spell(value.item(), out, left, depth)
            if kind in (Decimal, Fraction):
                is_special = kind is Decimal and not value.is_finite()
                return add(number(float(value)) if is_special else ratio(*value.as_integer_ratio()),
                           out, left)
            if kind is complex:
                return add(number(value.real) if value.imag == 0 else b"x;", out, left)
            if kind in (UserDict, UserList, UserString):
                return spell(value.data, out, left, depth)
            kind = plain(value)
        if depth > depth_max or kind is None:
            return add(b"x;", out, left)
        if kind is int:
            return add(b"i%s;" % str(int.__index__(value)).encode(), out, left)
        if kind is float:
            return add(number(float.__add__(value, 0.0)), out, left)
        if kind is str:
            text = str.__str__(value).encode("utf-8", "surrogatepass")
            return add(b"s%d:" % len(text) + text, out, left)
        if kind is dict:
            entries = []
            for key, item in dict.items(value):
                parts = []
                spell(key, parts, left, depth + 1)
                name = b"".join(parts)
                parts = []
                spell(item, parts, left, depth + 1)
                entries.append(name + b"".join(parts))
            out.append(b"d%d{" % len(entries) + b"".join(sorted(entries)) + b"}")
            return
        out.append(b"%s%d[" % (b"l" if kind is list else b"t", kind.__len__(value)))
        for item in kind.__iter__(value):
            spell(item, out, left, depth + 1)
        out.append(b"]")

    def add(text, out, left):
        left[0] -= len(text) + 8
        if left[0] < 0:
            raise OverflowError
        out.append(text)

    def spell_whole(value):
        try:
            out = []
            spell(value, out, [bytes_max], 0)
            return b"".join(out)
        except ValueError:
            # A number of more digits than the evaluator's limit. It is wrong, and officially the attempt to
            # show it then fails.
            raise
        except BaseException:
            return b"x;"

    return spell_whole


def describe(error):
    """How the official evaluator tells a timeout from an error: by the name in its text."""
    text = repr(error)
    status = "timeout" if "timeoutexception" in text.lower() else "error"
    return (status + " " + text).encode("utf-8", "replace")[:4096]


class Ended(Exception):
    pass


def run_program(function, inputs, make_stdin, send, restart, alarm, seconds):
    import faulthandler
    import io

    for index, text in enumerate(inputs):
        restart()
        alarm(seconds)
        faulthandler.enable()
        capture = io.StringIO()
        capture.close = lambda ignored: 1
        outer, sys.stdout = sys.stdout, capture
        try:
            try:
                call_with_input(function, text, make_stdin)
                alarm(0)
            except Exception as error:
                alarm(0)
                send(b"error", index, describe(error))
                raise Ended from None
            finally:
                alarm(0)
                faulthandler.disable()
        finally:
            sys.stdout = outer
        send(b"output", index, capture.getvalue().encode("utf-8", "surrogatepass"))


def run_function(function, arguments, send, restart, alarm, seconds):
    import faulthandler

    spell = make_speller()
    for index, values in enumerate(arguments):
        restart()
        alarm(seconds)
        faulthandler.enable()
        try:
            value = function(*values)
            alarm(0)
            if isinstance(value, tuple):
                value = list(value)
            send(b"value", index, spell(value))
        except Exception as error:
            alarm(0)
            send(b"error", index, describe(error))
            raise Ended from None
        finally:
            alarm(0)
            faulthandler.disable()


def run(mode, seconds, code, name, inputs, send, restart):
    import signal

    alarm = signal.alarm if mode != "call" else lambda seconds: None
    signal.signal(signal.SIGALRM, on_alarm)
    stage = -1
    try:
        alarm(seconds)
        if mode.startswith("stdin"):
            from io import StringIO

            home = load(as_function(code), alarm, seconds)
            function = find(home, "wrapped_function")
            if function is None:
                raise TypeError("the program could not be made a function")
            send(b"loaded", -1, b"")
            make_stdin = Input if mode == "stdin" else StringIO
            run_program(function, inputs, make_stdin, send, restart, alarm, seconds)
        else:
            from json import loads

            home = load(HEADER + "\n\n" + code, alarm, seconds)
            function = find(home, name)
            if function is None:
                raise AttributeError("there is no function " + name)
            arguments = [[loads(line) for line in text.split("\n")] for text in inputs]
            send(b"loaded", -1, b"")
            run_function(function, arguments, send, restart, alarm, seconds)
    except Ended:
        pass
    except Exception as error:
        # Whatever is raised outside of a call spoils the whole program, also a late alarm.
        send(b"error", stage, ("error " + repr(error)).encode("utf-8", "replace")[:4096])
    finally:
        alarm(0)


def begin():
    """Where the box can start programs warm, returns in a child of an interpreter that is up: see warm_start
    of the sandbox's Command. Nothing before has read anything of this run."""
    import os

    if os.environ.pop("EVALCTL_WARM", None) is None:
        return
    import _sitebuiltins, ast, decimal, faulthandler, fractions, gc, resource, signal  # noqa: F401
    exec(HEADER, {})
    # The collector would write to every object, and every page written to is copied.
    gc.collect()
    gc.freeze()
    os.fork()


def main():
    import os

    begin()
    leave = os._exit
    nonce, mode, seconds, code, name, inputs = take_job()
    send, restart = open_channel(nonce)
    like_a_usual_interpreter()
    reopen_stdin()
    if mode != "call":
        disable_functions(code)
    send(b"ready", -1, b"")
    restart()
    try:
        run(mode, seconds, code, name, inputs, send, restart)
        send(b"done", -1, b"")
    finally:
        # Without what the submission may have left to be done at exit. A submission that was ended by
        # something no `except Exception` sees (KeyboardInterrupt) has sent no "done".
        leave(0)


main()
