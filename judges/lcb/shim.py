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
import ast
import builtins
import faulthandler
import gc
import io
import json
import os
import re
import resource
import signal
import site
import sys
import time
from collections import Counter, OrderedDict, UserDict, UserList, UserString
from decimal import Decimal
from fractions import Fraction
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
        wall_us, cpu_us = int((wall() - started[0]) * 1e6), int((cpu() - started[1]) * 1e6)
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


def disable_functions():
    builtins.quit = None
    builtins.help = None
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in DISABLED_IN_OS:
        setattr(os, name, None)
    for name in ("ipdb", "joblib", "resource", "psutil", "tkinter"):
        sys.modules[name] = None


# The official evaluator has these in use before it disables anything, and they do not load without what it disables.
LOADED_BEFORE = "numpy multiprocessing concurrent".split()
DISABLED = {name: getattr(os, name) for name in DISABLED_IN_OS if hasattr(os, name)}


def load_before_disabled(code):
    wanted = [name for name in LOADED_BEFORE if name in code]
    if not wanted:
        return
    blocked = {name: sys.modules.pop(name) for name in ("resource", "psutil") if name in sys.modules}
    for name, value in DISABLED.items():
        setattr(os, name, value)
    try:
        for name in wanted:
            __import__(name if name != "concurrent" else "concurrent.futures")
    except Exception:
        pass  # the submission sees for itself that it cannot be imported
    for name in DISABLED_IN_OS:
        setattr(os, name, None)
    sys.modules.update(blocked)


def disable_in_modules(code):
    """Imports what it disables, which takes longer than most programs: only for those that can ask for it."""
    load_before_disabled(code)
    if any(name in code for name in ("shutil", "tempfile")) or "shutil" in sys.modules:
        import shutil
        shutil.rmtree = shutil.move = shutil.chown = None
    if any(name in code for name in ("subprocess", "asyncio")) or "subprocess" in sys.modules:
        import subprocess
        subprocess.Popen = None


def like_a_usual_interpreter():
    """What -I -S leaves out of an interpreter and programs rely on."""
    site.setquit()
    site.setcopyright()
    site.sethelper()
    version = "python%d.%d" % sys.version_info[:2]
    sys.path += ["/usr/local/lib/%s/dist-packages" % version, "/usr/lib/python3/dist-packages"]
    sys.argv[:] = [""]
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(50000)


def limit_stack():
    """The usual stack of a main thread; the box allows as much as there is memory."""
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    soft = 8 << 20
    if hard == resource.RLIM_INFINITY or hard > soft:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def reopen_stdin():
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


def is_main_guard(statement):
    return (isinstance(statement, ast.If) and
            ast.unparse(statement.test).strip() == "__name__ == '__main__'")


def as_function(code):
    """The program as the body of a function, imports before it; as it is where that cannot be done. The
    official way: a text made from its tree."""
    try:
        body = ast.parse(code).body
        if is_main_guard(body[-1]):
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


# A program that has none of this is a function as soon as its lines are indented. Texts of several lines would not be the
# same then, nor lines that a return or a form feed begins; imports must come first, and load() looks for
# the class. What the official way makes of an f-string may be another one, or nothing.
NOT_BY_LINES = re.compile(
    r"""\'\'\'|\"\"\"|\\\n|[\r\f\0]|(?<!\w)(?:f|fr|rf)['"]|__future__|Solution""", re.IGNORECASE).search
NAME = r"[\w.]+(?: as \w+)?"
NAMES = NAME + "(?:, *" + NAME + ")*"
IMPORTS = re.compile(r"(?:(?:import %s|from [\w.]+ import (?:\*|%s))?[ \t]*(?:#.*)?\n)*" % (NAMES, NAMES)).match
TOP_LEVEL_IMPORT = re.compile(r"^(?![ \t#]).*\bimport\b", re.MULTILINE).search
# The last statement of a program.
MAIN_GUARD = re.compile(r"""(?<=\n)if __name__ == (['"])__main__\1:(?=.*(?:\n(?:[ \t#].*)?)*\Z)""")
# The official way fails on a number of more digits than may be shown; shorter code has none.
LONG_CODE = 30000
# It fails, too, on a tree of too many levels: it has this many calls left (counted in the evaluator) and needs up to seven
# for each. The compiler counts a level as a third of a call.
CALLS_LEFT = 974
LEVELS_MAX = 130


def limit_calls(left):
    frame, calls = sys._getframe(1), 0
    while frame:
        frame, calls = frame.f_back, calls + 1
    sys.setrecursionlimit(calls + left)


def compile_by_lines(code):
    """What as_function(code) compiles to, but for header and numbers of lines, without a tree and in a fifth of the
    time. None where that is not surely the same."""
    if len(code) > LONG_CODE or NOT_BY_LINES(code):
        return None
    split = IMPORTS(code).end()
    imports, others = code[:split], code[split:]
    if others[:1] in ("", " ", "\t") or TOP_LEVEL_IMPORT(others):
        return None
    if "__main__" in others:
        others, count = MAIN_GUARD.subn("if True:", others)
        # What is imported in its body becomes an import of the top level.
        if count != 1 or "__main__" in others or "import" in others[others.rindex("\nif True:"):]:
            return None
    text = imports + "def wrapped_function():\n\t" + others.replace("\n", "\n\t")
    try:
        limit_calls(LEVELS_MAX // 3)
        return compile(text, "<string>", "exec", dont_inherit=True)
    except Exception:
        return None


def make_module():
    module = ModuleType("tmp_sol", "")
    exec(HEADER, module.__dict__)
    return module


def load_program(code, module, alarm, seconds):
    """Executes a program that became a function, and returns where its names are found. `module`: one in which
    the header has been executed."""
    compiled = compile_by_lines(code)
    if compiled is not None:
        return load(compiled, module, False, alarm, seconds)
    limit_calls(CALLS_LEFT)
    text = as_function(code)
    # Also where the class is inside the function that a program became, and is not found.
    return load(text, ModuleType("tmp_sol", ""), "class Solution" in text, alarm, seconds)


def load_functions(code, module, alarm, seconds):
    limit_calls(CALLS_LEFT)
    has_class = "class Solution" in code
    # What the header imported cannot be declared global after it.
    if "global" in code:
        return load(HEADER + "\n\n" + code, ModuleType("tmp_sol", ""), has_class, alarm, seconds)
    alarm(seconds)
    # Not the beginning of a file, where a text is a description and __future__ can be imported.
    compiled = compile("pass\n\n" + code, "<string>", "exec", dont_inherit=True)
    return load(compiled, module, has_class, alarm, seconds)


def load(code, module, has_class, alarm, seconds):
    alarm(seconds)
    try:
        if not isinstance(code, str):
            sys.setrecursionlimit(50000)
        gc.enable()
        exec(code, module.__dict__)
        home = module.Solution() if has_class else module
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
        kind = type(value)
        # Its own equality is that of texts, but for arrays.
        if kind.__module__ == "numpy" and kind.__bases__[0] is str:
            return str
        for base, equals in keepers.items():
            if isinstance(value, base):
                return base if kind.__eq__ in equals else None
        return None

    def array(numpy, value, out, left, depth):
        kinds = {"U": b"s", "O": b"o"} | dict.fromkeys("biufcm", b"n")
        kind = kinds.get(value.dtype.kind)
        if kind is None:
            return add(b"x;", out, left)
        add(b"a%s%d[" % (kind, len(value.shape)), out, left)
        for size in value.shape:
            add(b"%d," % size, out, left)
        out.append(b"]")
        if value.size == 1:
            item = value.item()
            if isinstance(item, numpy.generic):  # wider than a double
                item = float(item) if float(item) == item else float("nan")
            spell(item, out, left, depth + 1)

    def spell(value, out, left, depth):
        kind = type(value)
        if kind not in keepers:
            if value is None:
                return add(b"n;", out, left)
            # As they are left by whatever imported it; few programs do.
            numpy = sys.modules.get("numpy")
            if numpy and isinstance(value, (numpy.ndarray, numpy.generic)) and not isinstance(value, (str, bytes)):
                return array(numpy, value, out, left, depth)
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
    last = len(inputs) - 1
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
        send(b"output", index, capture.getvalue().encode("utf-8", "surrogatepass"), index == last)


def run_function(function, arguments, spell, send, restart, alarm, seconds):
    last = len(arguments) - 1
    for index, values in enumerate(arguments):
        restart()
        alarm(seconds)
        faulthandler.enable()
        try:
            value = function(*values)
            alarm(0)
            if isinstance(value, tuple):
                value = list(value)
            send(b"value", index, spell(value), index == last)
        except Exception as error:
            alarm(0)
            send(b"error", index, describe(error))
            raise Ended from None
        finally:
            alarm(0)
            faulthandler.disable()


def run(job, module, spell, alarm, send, restart):
    seconds = job.seconds
    try:
        alarm(seconds)
        if job.mode.startswith("stdin"):
            home = load_program(job.code, module, alarm, seconds)
            function = find(home, "wrapped_function")
            if function is None:
                raise TypeError("the program could not be made a function")
            send(b"loaded", -1, b"", True)
            make_stdin = Input if job.mode == "stdin" else io.StringIO
            run_program(function, job.inputs, make_stdin, send, restart, alarm, seconds)
        else:
            home = load_functions(job.code, module, alarm, seconds)
            function = find(home, job.function)
            if function is None:
                raise AttributeError("there is no function " + job.function)
            arguments = [[json_value(line) for line in text.split("\n")] for text in job.inputs]
            send(b"loaded", -1, b"", True)
            run_function(function, arguments, spell, send, restart, alarm, seconds)
    except Ended:
        pass
    except Exception as error:
        # Whatever is raised outside of a call spoils the whole program, also a late alarm.
        send(b"error", -1, ("error " + repr(error)).encode("utf-8", "replace")[:4096])
    finally:
        alarm(0)


REHEARSED = """
import sys
def solve(n):
    return [str(i) for i in range(n) if i % 2 == 0 or i > 3]
n = int(input())
for line in solve(n):
    print(line, end=" ")
"""


def rehearse(spell, is_official):
    """Runs a program of our own a few times: an interpreter writes to code until it has seen its types."""
    jobs = [Job("call", 6, REHEARSED.replace("input()", "1"), "solve", ["3", "4"])]
    if is_official:
        jobs.append(Job("stdin", 6, REHEARSED, "", ["3\n", "4\n"]))
    for _ in range(32):
        for job in jobs:
            run(job, make_module(), spell, lambda seconds: 0, lambda *ignored: None, lambda: None)


def main():
    is_official = sys.argv[1:] == ["official"]
    is_warm = os.environ.pop("EVALCTL_WARM", None) is not None
    leave, fork, set_alarm = os._exit, os.fork, signal.alarm
    like_a_usual_interpreter()
    reopen_stdin()
    if is_official:
        signal.signal(signal.SIGALRM, on_alarm)
        disable_functions()
    spell = make_speller()
    if is_warm:
        rehearse(spell, is_official)
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
    if is_official:
        disable_in_modules(job.code)
    send(b"ready", -1, b"")
    restart()
    try:
        run(job, module, spell, set_alarm if is_official else lambda seconds: 0, send, restart)
        send(b"done", -1, b"")
    finally:
        # Without what the submission may have left to be done at exit. A submission that was ended by
        # something no `except Exception` sees (KeyboardInterrupt) has sent no "done".
        leave(0)


main()
