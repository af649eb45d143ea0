# Runs a Python program as `python3 FILE` does, in an interpreter that started before there was a program
# (warm_interpreter.h). FILE is the first argument, in the current directory; others are the program's.
#
# The difference is at the end: the interpreter is not taken apart, which would write to all of its memory,
# a copy of that of the process it is a child of. What a program can see of an end happens, in order: its
# threads are waited for, what it registered with atexit is called, its globals go and with them
# what they hold, its output is flushed.
import atexit
import builtins
import gc
import importlib.machinery
import os
import signal
import sys
import types

# What programs import most. That a module was imported shows in sys.modules alone.
IMPORTED = ("bisect collections copy datetime decimal fractions functools heapq itertools math operator random re "
            "string typing").split()
# Frames of ours below a program, as the limit of recursion counts them: exec is one only before Python 3.12.
OUR_FRAMES = 2 if sys.version_info < (3, 12) else 1


def prepare():
    for name in IMPORTED:
        __import__(name)
    # The collector would write to every object.
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
        sys.setrecursionlimit(sys.getrecursionlimit() + OUR_FRAMES)


def make_main(path):
    """The module in which the program runs; it has the place of this one."""
    main = types.ModuleType("__main__")
    main.__file__ = path
    main.__cached__ = None
    main.__builtins__ = builtins
    main.__annotations__ = {}
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    sys.modules["__main__"] = main
    sys.argv[:] = sys.argv[1:]
    sys.path[0] = os.path.dirname(path)
    return main


def exit_code_of(error):
    """Tells people what ended the program, as the interpreter does, and returns its exit code."""
    if isinstance(error, SystemExit):
        if error.code is None:
            return 0
        if isinstance(error.code, int):
            return error.code & 0xff
        print(error.code, file=sys.stderr)
        return 1
    error.__traceback__ = error.__traceback__.tb_next  # not our frame
    sys.excepthook(type(error), error, error.__traceback__)
    return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1


def flush(tells=True):
    """False if output is lost."""
    kept = True
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name, None)
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except BaseException as error:
            if name == "stdout":
                kept = False
                if not tells:
                    continue
                where = "in: %r" % stream if sys.version_info < (3, 13) else "on flushing sys.stdout:"
                print("Exception ignored %s\n%s: %s" % (where, type(error).__name__, error), file=sys.stderr)
    return kept


def let_go_of_main():
    """Its names go with it, by the collector if a function of it knows them."""
    global main
    main = sys.modules["__main__"] = None
    collect()


def end(code):
    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()
    call_exit_functions()
    kept = flush()
    if is_cpython:
        let_go_of_main()
    if not flush(tells=kept) or not kept:
        code = 120
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        kill(os.getpid(), -code)
    leave(code)


# Kept from the program, which may replace them.
leave, kill, collect, call_exit_functions = os._exit, os.kill, gc.collect, atexit._run_exitfuncs
is_cpython = sys.implementation.name == "cpython"
prepare()
if os.environ.pop("EVALCTL_WARM", None) is not None:
    gc.disable()
    os.fork()  # returns in a child of this interpreter
    gc.enable()
code, path = 0, os.path.join(os.getcwd(), sys.argv[1])
main = make_main(path)
try:
    with open(path, "rb") as source:
        source = source.read()
    exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)
except BaseException as error:
    code = exit_code_of(error)
if is_cpython:
    for name in ("__file__", "__cached__"):
        main.__dict__.pop(name, None)
end(code)
