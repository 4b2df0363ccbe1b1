"""Sends what a plugin prints, and what it logs, to the log of the host."""

import io
import logging
import sys
import warnings

# Set by the component: a function of a level and a text.
write = None


class _Stream(io.TextIOBase):
    """A text stream whose lines are lines of the log."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, level):
        self._level = level
        self._rest = ""

    def writable(self):
        return True

    def write(self, text):
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                write(self._level, line)
        return len(text)

    def end(self):
        if self._rest.strip():
            write(self._level, self._rest)
        self._rest = ""


class _Handler(logging.Handler):
    def emit(self, record):
        try:
            text = self.format(record)
        except Exception:
            self.handleError(record)
            return
        for line in text.split("\n"):
            if line.strip():
                write(_level(record.levelno), line)


def _level(number):
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warn"
    return "info" if number >= logging.INFO else "debug"


class _NoClock:
    """What the module `logging` sees of the module `time`: the host adds the time to each line."""

    def __getattr__(self, name):
        import time

        return getattr(time, name)

    def time_ns(self):
        return 0

    def time(self):
        return 0.0


_streams = []


def install():
    """Replaces the streams, and the handlers of the root logger."""
    sys.stdout, sys.stderr, sys.stdin = _Stream("info"), _Stream("error"), io.StringIO()
    sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin
    _streams.extend([sys.stdout, sys.stderr])
    logging.time = _NoClock()
    logging.logProcesses = logging.logThreads = logging.logMultiprocessing = logging.logAsyncioTasks = False
    logging.lastResort = None
    logging.basicConfig = _basic_config
    logging.root.handlers[:] = [_Handler()]
    logging.root.setLevel(logging.INFO)
    warnings.showwarning = lambda message, category, *rest: write("warn", f"{category.__name__}: {message}")


def _basic_config(*, level=None, **_):
    """Sets the level alone: the host has its own format, and adds time, plugin and parent."""
    if level is not None:
        logging.root.setLevel(level)


def after_build():
    """Drops handlers that modules have installed for files or streams of the build."""
    for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
        for handler in getattr(logger, "handlers", [])[:]:
            if isinstance(handler, logging.StreamHandler):
                logger.handlers.remove(handler)
    if not logging.root.handlers:
        logging.root.handlers[:] = [_Handler()]


def end_lines():
    """Writes lines that have no end yet."""
    for stream in _streams:
        stream.end()
