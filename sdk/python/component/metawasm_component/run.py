"""Calls hooks: texts in, texts out."""

import inspect
import itertools
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
        self.kind, self.text, self.seconds = kind, clean(text), seconds


def of_texts(function, plain=False):
    """Adapts a hook: `sync(request)` or `sync(request, settings)` with dicts, or a plain function of texts."""
    two = not plain and _takes_two(function)

    def hook(request, settings):
        pure.close()
        try:
            if plain:
                return function(request)
            request = json.loads(request)
            answer = function(request, json.loads(settings)) if two else function(request)
            return _text(_finished(answer))
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


def clean(text):
    """Returns a text that can leave the component."""
    return text.encode("utf-8", "backslashreplace").decode()


def seconds(value):
    """Returns whole seconds that the host can read."""
    try:
        return min(max(math.ceil(float(value)), 0), 3600)
    except (TypeError, ValueError, OverflowError):
        return 1


def _finished(answer):
    """Returns the answer of a function, or of an `async` one that waits for nothing but other such functions."""
    if not inspect.iscoroutine(answer):
        return answer
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    answer.close()
    raise Failed("internal", "the hook waits for an event, but a plugin has no event loop; do not await I/O or timers")


def _text(answer):
    if not isinstance(answer, dict):
        what = "None" if answer is None else f"a value of type {type(answer).__name__}"
        raise Failed("internal", f"the hook returned {what}; expected a dict")
    try:
        text = json.dumps(answer, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
        # Half of a pair of surrogates is no character.
        text.encode()
        return text
    except (TypeError, ValueError, RecursionError) as error:
        raise Failed("internal", f"the answer is not JSON: {error}") from None


def sentence(error):
    """Describes an exception in one line, `hook.py:12: KeyError: 'spec'`, and writes its traceback to the log."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_own(frame.filename)]
    text = str(error)
    name = "" if isinstance(error, pure.NotAvailable) else type(error).__name__
    what = ": ".join(part for part in [name, text] if part)
    places = [f"{place(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    if len(places) > 1:
        log.write("error", f"traceback: {', '.join(_shortened(places))}")
    if isinstance(error, SyntaxError) and error.filename:
        return f"{place(error.filename)}:{error.lineno}: {name}: {error.msg}"
    own = [frame for frame in frames if _is_of_project(frame.filename)] or frames
    return f"{place(own[-1].filename)}:{own[-1].lineno}: {what}" if own else what


def _shortened(places):
    """Writes equal places that follow each other once, and drops those in the middle of many."""
    groups = [[at, len(list(same))] for at, same in itertools.groupby(places)]
    texts = [at if times == 1 else f"{at} ({times} times)" for at, times in groups]
    return texts if len(texts) <= 20 else [*texts[:10], "…", *texts[-10:]]


def _is_own(path):
    return os.path.dirname(path) == os.path.dirname(__file__)


def _is_of_project(path):
    return any(path.startswith(root) for root in roots)


# Directories of the project in the build.
roots = []


def place(path):
    """Returns the path of a file within the project, or within Python's library."""
    for root in [*roots, "/python/"]:
        if path.startswith(root):
            return path[len(root) :]
    return path


def _takes_two(function):
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return True
    return code.co_argcount - hasattr(function, "__self__") >= 2
