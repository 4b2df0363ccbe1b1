"""Helpers for metawasm plugins in Python.

A plugin is a module `hook.py` with a description and functions:

    describe = {"name": "site", "version": "0.1.0", "parent": {...}, "children": [...]}

    def sync(request, settings):
        return {"status": {...}, "children": [...]}

Requests and answers are dicts: the JSON of Metacontroller's hooks. The module has no dependencies, so that unit tests
can import it.
"""

import hashlib
import json
import re
from decimal import Decimal

__all__ = ["Invalid", "RetryLater", "condition", "find", "hash", "name", "objects", "quantity"]


class Invalid(Exception):
    """The parent is invalid until a person edits it. The text becomes an Event of the parent."""


class RetryLater(Exception):
    """The hook cannot answer yet. Metacontroller calls again after `seconds`, from 1 to 3600."""

    def __init__(self, seconds, reason=""):
        super().__init__(reason or f"retry after {seconds} s")
        self.seconds = seconds


def objects(groups, kind):
    """Returns the objects of a kind, `Pod` or `Pod.v1`, as a list: `objects(request["children"], "Pod.v1")`."""
    return [
        found
        for group, members in (groups or {}).items()
        if group == kind or group.partition(".")[0] == kind
        for found in members.values()
    ]


def find(groups, kind, name):
    """Returns the object of a kind with a name, or None."""
    return next((found for found in objects(groups, kind) if found["metadata"]["name"] == name), None)


def condition(type, status, reason, message="", observed=None):
    """Returns a condition. `status` is a bool, or None for Unknown.

    `observed` are the conditions of the observed parent: the time of a condition with the same status is kept.
    """
    text = {True: "True", False: "False", None: "Unknown"}[status]
    found = {"type": type, "status": text, "reason": reason, "message": message}
    for old in observed or []:
        if old.get("type") == type and old.get("status") == text and "lastTransitionTime" in old:
            found["lastTransitionTime"] = old["lastTransitionTime"]
    return found


def hash(value):
    """Returns the first 10 hexadecimal digits of the SHA-256 of a value as JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def name(*parts, limit=63):
    """Joins parts to the name of an object. A name that has to be changed or cut ends with a hash of all parts."""
    whole = "-".join(str(part) for part in parts)
    valid = re.sub(r"[^a-z0-9.-]+", "-", whole.lower()).strip("-.")
    if valid == whole and len(whole) <= limit:
        return whole
    return f"{valid[: limit - 11].strip('-.')}-{hash(whole)}".lstrip("-")


_UNITS = {"": 1, "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": 10**3}
_UNITS |= {unit: 10 ** (6 + 3 * power) for power, unit in enumerate("MGTPE")}
_UNITS |= {f"{unit}i": 1024 ** (power + 1) for power, unit in enumerate("KMGTPE")}


def quantity(value):
    """Returns the number of a quantity such as `500m` or `1Gi`, as an int where it is whole."""
    match = re.fullmatch(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?)([numkMGTPE]?|[KMGTPE]i)", str(value))
    if match is None:
        raise Invalid(f"invalid quantity {value!r}")
    number = Decimal(match[1]) * _UNITS[match[2]]
    return int(number) if number == number.to_integral_value() else float(number)
