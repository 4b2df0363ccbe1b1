"""The exports of the component."""

import ast
import gc
import importlib
import json
import os
import sys

from componentize_py_types import Err
from wit_world.imports import logging as host
from wit_world.imports import types

from . import log, plan, pure, run

_LEVELS = {level.name.lower(): level for level in host.Level}


def _write(level, text):
    host.log(_LEVELS[level], run.clean(text))


def _load():
    """Loads the project, and returns its hooks by name, each a function of texts, and its description."""
    import metawasm  # noqa: F401 (a hook may import it)

    root = next(path for path in sys.path if os.path.isfile(os.path.join(path, plan.FILE)))
    run.roots.append(root.rstrip("/") + "/")
    if plan.SERVER:
        from . import server

        server.install()
        served = server.load(os.path.join(root, plan.FILE), plan.FILE)
        hooks = {
            hook: run.of_texts(server.hook_of(served, path), plain=True) for hook, path in plan.HOOKS.items()
        }
        return hooks, lambda: plan.DESCRIPTION
    module = importlib.import_module(plan.FILE.removesuffix(".py"))
    hooks = {}
    for hook in plan.HOOKS:
        function = getattr(module, hook, None)
        if not callable(function):
            raise SystemExit(f"{plan.FILE}: {hook} is not a function")
        hooks[hook] = run.of_texts(function)
    return hooks, lambda: {**plan.DESCRIPTION, **_described(module)}


def _described(module):
    described = getattr(module, "describe", {})
    described = described() if callable(described) else described
    if not isinstance(described, dict):
        raise TypeError(f"describe: expected a dict, got {type(described).__name__}")
    return described


def _import_all():
    """Imports what functions of the project import: a call cannot load modules."""
    root = run.roots[0]
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None) or ""
        if not path.startswith(root) or not path.endswith(".py"):
            continue
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read(), path)
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                try:
                    importlib.import_module(name)
                except Exception:
                    # It may be optional, and is not there in a call either.
                    continue


def _call(hook, request, settings):
    try:
        return _hooks[hook](request, settings)
    except run.Failed as failed:
        if failed.kind == "invalid":
            raise Err(types.Failure_Invalid(failed.text)) from None
        if failed.kind == "retry-later":
            raise Err(types.Failure_RetryLater(types.Retry(failed.seconds, failed.text))) from None
        raise Err(types.Failure_Internal(failed.text)) from None


class Sync:
    def sync(self, request, settings):
        return _call("sync", request, settings)


class Finalize:
    def finalize(self, request, settings):
        return _call("finalize", request, settings)


class Customize:
    def customize(self, request, settings):
        return _call("customize", request, settings)


class Describe:
    def describe(self):
        pure.close()
        return json.dumps(_describe())


log.write = lambda level, text: None
log.install()
pure.install()
_hooks, _describe = _load()
_import_all()
pure.install_late()
log.after_build()
# A collection in a call would look at all objects of the build, and touch their memory.
gc.collect()
gc.freeze()
gc.disable()
log.write = _write
