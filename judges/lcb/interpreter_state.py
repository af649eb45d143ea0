# Part of the shim: what an interpreter has and lacks when a submission meets it.
import builtins
import io
import os
import resource
import signal
import site
import sys
import time
from importlib.machinery import PathFinder

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
    sys.meta_path.insert(0, LoadedBefore())


# The official evaluator has these in use before it disables anything: they do not load without it, or not the same.
LOADED_BEFORE = "numpy multiprocessing concurrent tempfile shutil subprocess".split()
DISABLED_IN_MODULES = {"shutil": ("rmtree", "move", "chown"), "subprocess": ("Popen",)}
ENABLED = {name: getattr(os, name) for name in DISABLED_IN_OS if hasattr(os, name)}


class LoadedBefore:
    """The first of the finders: loads these modules, when something imports them, as they would be had they been
    there all along. Once each: one that the submission loads again finds what it finds officially."""

    def __init__(self):
        self.loaded = set()

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in LOADED_BEFORE or name in self.loaded:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            spec.loader = EnabledLoader(spec.loader, self.loaded)
        return spec


class EnabledLoader:
    def __init__(self, loader, loaded):
        self.loader, self.loaded = loader, loaded

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = module.__spec__.loader = self.loader
        self.loaded.add(module.__name__)
        now = {name: getattr(os, name, None) for name in ENABLED}
        vars(os).update(ENABLED)
        try:
            self.loader.exec_module(module)
        finally:
            vars(os).update(now)
        for name in DISABLED_IN_MODULES.get(module.__name__, ()):
            setattr(module, name, None)


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
    # Since Python 3.13 the text behind -c is what a traceback shows of "<string>", and so is every program called.
    if "linecache" in sys.modules:
        sys.modules["linecache"].cache.pop("<string>", None)


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


class OfficialClock:
    """Not kept from the submission: the official evaluator looks for these in their modules, too, and a submission that
    replaced them has no alarm, or fails, as it does there."""

    @staticmethod
    def alarm(seconds):
        signal.alarm(seconds)

    @staticmethod
    def time():
        return time.time()


class NoClock:
    @staticmethod
    def alarm(seconds):
        pass

    @staticmethod
    def time():
        return 0


# So many calls deeper is a function in the command line of the official evaluator than in a shim of its own, and a
# program two more: a submission that lowers the limit of recursion has as much less of it. Since Python 3.12 calls within
# the interpreter do not count, and 3.13 leads to a program by one more of its own.
CALLS_BEFORE = 30 if sys.version_info < (3, 12) else 26 if sys.version_info < (3, 13) else 27
CALLS_BEFORE_PROGRAM = 2


def deeper(calls, function, *arguments):
    return deeper(calls - 1, function, *arguments) if calls > 1 else function(*arguments)
