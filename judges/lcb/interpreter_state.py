# Part of the shim: what an interpreter has and lacks when a submission meets it.
import builtins
import io
import os
import resource
import site
import sys

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
