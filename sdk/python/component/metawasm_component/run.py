"""Calls hooks: texts in, texts out."""

import inspect
import json
import math
import os
import traceback

import metawasm

from . import log, pure


class Failed(Exception):
    """A hook has no answer. `kind` is `invalid`, `retry-later` or `internal`."""

    def __init__(self, kind, text, seconds=0):
        super().__init__(text)
        self.kind, self.text, self.seconds = kind, text, seconds


def of_texts(function, plain=False):
    """Adapts a hook: `sync(request)` or `sync(request, settings)` with dicts, or a plain function of texts."""
    two = not plain and _takes_two(function)

    def hook(request, settings):
        pure.close()
        try:
            if plain:
                return function(request)
            request = json.loads(request)
            return _text(function(request, json.loads(settings)) if two else function(request))
        except metawasm.Invalid as error:
            raise Failed("invalid", str(error)) from None
        except metawasm.RetryLater as error:
            raise Failed("retry-later", str(error), seconds(error.seconds)) from None
        except Failed:
            raise
        except SystemExit as error:
            what = f"the hook called sys.exit({error.code!r}); return an answer, or raise an exception"
            raise Failed("internal", what) from None
        except BaseException as error:
            raise Failed("internal", sentence(error)) from None
        finally:
            log.end_lines()

    return hook


def seconds(value):
    """Returns whole seconds that the host can read."""
    try:
        return min(max(math.ceil(float(value)), 0), 3600)
    except (TypeError, ValueError, OverflowError):
        return 1


def _text(answer):
    if not isinstance(answer, dict):
        what = "a coroutine; a hook is not async" if hasattr(answer, "cr_frame") else type(answer).__name__
        raise Failed("internal", f"the hook returned {what}; expected a dict")
    try:
        return json.dumps(answer, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Failed("internal", f"the answer is not JSON: {error}") from None


def sentence(error):
    """Describes an exception in one line, `hook.py:12: KeyError: 'spec'`, and writes its traceback to the log."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__, limit=-40) if not _is_own(frame.filename)]
    text = str(error)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    for frame in frames:
        log.write("error", f"  {place(frame.filename)}:{frame.lineno} in {frame.name}")
    if isinstance(error, SyntaxError) and error.filename:
        return f"{place(error.filename)}:{error.lineno}: {type(error).__name__}: {error.msg}"
    own = [frame for frame in frames if _is_of_project(frame.filename)] or frames
    return f"{place(own[-1].filename)}:{own[-1].lineno}: {what}" if own else what


def _is_own(path):
    return os.path.dirname(path) == os.path.dirname(__file__)


def _is_of_project(path):
    return any(path.startswith(root) for root in roots)


# Directories of the project in the build.
roots = []


def place(path):
    """Returns the path of a file within the project."""
    for root in roots:
        if path.startswith(root):
            return path[len(root) :]
    return path


def _takes_two(function):
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return True
    return code.co_argcount - hasattr(function, "__self__") >= 2
