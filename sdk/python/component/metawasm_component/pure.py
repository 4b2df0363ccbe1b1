"""Takes away what a plugin does not have: time, randomness, files, network, processes.

In a component, each of these would end the call without a reason. While the component is built, everything works: code
at the top level of modules runs then. Afterwards each function raises an exception that says what to do instead.
"""

import _io
import builtins
import datetime
import gc
import importlib.abc
import io
import os
import posix
import random
import sys
import time


class NotAvailable(OSError):
    """A plugin asked for something that it does not have."""


TIME = "a plugin has no clock; compute from times in the request"
SLEEP = "a plugin cannot wait; return resyncAfterSeconds, or raise metawasm.RetryLater"
RANDOM = "a plugin has no random numbers; derive names from the parent, for example with metawasm.hash"
FILES = "a plugin has no files; read them at the top level of the module, when the plugin is built, or use settings"
SYSTEM = "a plugin has no operating system; use settings or the request"
THREADS = "a plugin has one thread; call the function"
NETWORK = "a plugin has no network; request related objects with the hook customize"

# Functions of `posix` that do not ask the system.
HARMLESS = {
    "abort", "fsencode", "fsdecode", "fspath", "register_at_fork", "strerror", "waitstatus_to_exitcode",
    "WCOREDUMP", "WEXITSTATUS", "WIFCONTINUED", "WIFEXITED", "WIFSIGNALED", "WIFSTOPPED", "WSTOPSIG", "WTERMSIG",
    "_path_normpath", "_path_splitroot", "_path_splitroot_ex",
}  # fmt: skip

# How the names of functions of `posix` begin that are not about files.
OF_SYSTEM = ("_exit", "cpu_count", "exec", "fork", "get", "kill", "posix_spawn", "sched", "set", "spawn", "system",
             "times", "umask", "uname", "wait")  # fmt: skip

_calls = False


def install():
    """Replaces the functions. They refuse once `close` has been called."""
    for name in dir(time):
        if name.startswith(("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_", "get_clock")):
            _refuse(time, name, TIME)
    _refuse(time, "sleep", SLEEP)
    # These read the clock if the argument at a place is missing.
    for name, place in [("localtime", 0), ("gmtime", 0), ("ctime", 0), ("asctime", 0), ("strftime", 1)]:
        _refuse(time, name, TIME, only=lambda args, place=place: len(args) <= place or args[place] is None)
    # These are methods of a class that C defines; `today` uses `time.time`.
    methods = gc.get_referents(datetime.datetime.__dict__)[0]
    for name in ["now", "utcnow"]:
        methods[name] = classmethod(_refusing(f"datetime.{name}", _unbound(datetime.datetime, name), TIME))
    sys._clear_internal_caches()
    _install_random()
    for name in dir(posix):
        if name.islower() and name not in HARMLESS and not isinstance(getattr(posix, name), type):
            before = getattr(os, name, None) is getattr(posix, name)
            why = RANDOM if name == "urandom" else SYSTEM if name.startswith(OF_SYSTEM) else FILES
            _refuse(posix, name, why, shown="os")
            if before:
                setattr(os, name, getattr(posix, name))
    for module in [builtins, io, _io]:
        _refuse(module, "open", FILES, shown=None)
    sys.addaudithook(_audit)
    sys.meta_path.append(_Missing())


def install_late():
    """Replaces functions of modules that few plugins load, where the plugin has loaded them."""
    socket = sys.modules.get("socket")
    for name in ["getaddrinfo", "gethostbyname", "gethostname", "getfqdn", "create_connection", "socketpair"]:
        if socket is not None:
            _refuse(socket, name, NETWORK)
    subprocess = sys.modules.get("subprocess")
    if subprocess is not None:
        subprocess.Popen.__init__ = _refusing("subprocess.Popen", subprocess.Popen.__init__, SYSTEM)
    threading = sys.modules.get("threading")
    if threading is not None:
        _refuse(threading.Thread, "start", THREADS, shown="threading.Thread")


def close():
    """Ends the build: from here on the functions refuse."""
    global _calls
    if not _calls:
        _calls = True
        sys.path.clear()
        sys.path_importer_cache.clear()


def _refuse(module, name, why, shown="", only=None):
    original = getattr(module, name, None)
    if callable(original):
        shown = f"{shown or module.__name__}.{name}" if shown is not None else name
        setattr(module, name, _refusing(shown, original, why, only))


def _refusing(shown, original, why, only=None):
    def refused(*args, **kwargs):
        if _calls and (only is None or only(args)):
            raise NotAvailable(f"{shown}: {why}")
        return original(*args, **kwargs)

    refused.__name__ = refused.__qualname__ = shown.rpartition(".")[2]
    return refused


def _unbound(cls, name):
    method = cls.__dict__[name]
    return lambda cls, *args, **kwargs: method.__get__(None, cls)(*args, **kwargs)


def _install_random():
    """Only generators with a seed are left: `random.Random(7)`, or `random.seed(7)` before the functions."""
    seeded = False
    original = random.Random

    class Random(original):
        def __new__(cls, x=None, *args):
            if _calls and x is None:
                raise NotAvailable(f"random.Random: {RANDOM}; or give it a seed")
            return super().__new__(cls, x, *args)

        def seed(self, a=None, version=2):
            if _calls and a is None:
                raise NotAvailable(f"random.seed: {RANDOM}; or give it a seed")
            super().seed(a, version)

    def seed(a=None, version=2):
        nonlocal seeded
        random._inst.seed(a, version)
        seeded = True

    Random.__name__ = Random.__qualname__ = "Random"
    Random.__module__ = "random"
    random.Random = Random
    random._inst = Random()
    for name in random.__all__:
        if name[0].islower() and hasattr(random._inst, name):
            method = getattr(random._inst, name)
            setattr(random, name, _refusing(f"random.{name}", method, RANDOM, lambda args: not seeded))
    random.seed = seed


def _audit(event, args):
    """The last net: what reaches the system by another way."""
    if not _calls:
        return
    if event.startswith("socket."):
        raise NotAvailable(f"{event}: {NETWORK}")
    if event == "open":
        raise NotAvailable(f"open: {FILES}")
    if event.startswith(("os.", "subprocess.", "shutil.", "tempfile.", "glob.", "pathlib.")):
        raise NotAvailable(f"{event}: {SYSTEM}")


class _Missing(importlib.abc.MetaPathFinder):
    """Says why a module cannot be imported in a call."""

    def find_spec(self, name, path=None, target=None):
        if _calls:
            raise ModuleNotFoundError(
                f"No module named {name!r} in the plugin; import it at the top level of hook.py, so that it is there "
                "when the plugin is built",
                name=name,
            )
        return None
