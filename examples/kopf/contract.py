"""The contract of Metacontroller's hooks: requests, answers, and what an answer changes. No I/O in this module."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Any, Mapping

Object = dict[str, Any]

MAX_DELAY = 3600.0
"""The longest time to wait before a hook is called again, in seconds."""


class HookError(Exception):
    """A hook did not return a usable answer. Nothing is changed."""


class RetryLater(HookError):
    """The hook asked to be called again after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"the hook asked to be called again in {delay:g} s")
        self.delay = delay


@dataclass(frozen=True)
class Kind:
    """A kind of objects, as a controller's manifest and the API server's discovery describe it."""

    api_version: str
    resource: str
    kind: str
    namespaced: bool

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    @property
    def key(self) -> str:
        """The name of the kind's group of objects in a request: `Deployment.apps/v1`."""
        return f"{self.kind}.{self.api_version}"


@dataclass(frozen=True)
class ChildRule:
    """An entry of `spec.childResources`: the kind's coordinates, and the method for updates."""

    api_version: str
    resource: str
    method: str


class Controller:
    """A CompositeController manifest: the parent, the kinds of children, the hooks."""

    def __init__(self, manifest: Object) -> None:
        if manifest.get("kind") != "CompositeController":
            raise ValueError(f"expected a CompositeController, found kind {manifest.get('kind')!r}")
        spec = manifest["spec"]
        self.manifest = manifest
        self.name: str = manifest["metadata"]["name"]
        self.parent_api_version: str = spec["parentResource"]["apiVersion"]
        self.parent_resource: str = spec["parentResource"]["resource"]
        self.children = [
            ChildRule(rule["apiVersion"], rule["resource"], rule.get("updateStrategy", {}).get("method", "OnDelete"))
            for rule in spec.get("childResources", [])
        ]
        self.generates_selector: bool = spec.get("generateSelector", False)
        self.resync: float | None = spec.get("resyncPeriodSeconds")
        self._hooks: Object = {name: hook for name, hook in spec.get("hooks", {}).items() if hook}
        if not self.url("sync"):
            raise ValueError(f"CompositeController {self.name}: spec.hooks.sync.webhook.url is required")

    def url(self, hook: str) -> str | None:
        """Returns the URL of a hook, or None if the controller does not have the hook."""
        return self._hooks.get(hook, {}).get("webhook", {}).get("url")

    def timeout(self, hook: str) -> float:
        """Returns the time limit of a hook in seconds."""
        return seconds(self._hooks.get(hook, {}).get("webhook", {}).get("timeout") or "10s")

    def request(self, hook: str, parent: Object, observed: Mapping[Kind, list[Object]],
                related: Mapping[Kind, list[Object]]) -> Object:
        """Returns the request of a hook."""
        if hook == "customize":
            return {"controller": self.manifest, "parent": parent}
        # v2 has keys with a namespace, v1 has names.
        full = self._hooks[hook].get("version") == "v2" or not namespace(parent)
        return {
            "controller": self.manifest,
            "parent": parent,
            "children": grouped(observed, full),
            "related": grouped(related, full),
            "finalizing": hook == "finalize",
        }


def grouped(objects: Mapping[Kind, list[Object]], full: bool) -> Object:
    """Returns objects by kind and name. Kinds without objects are present. `full` adds the namespace to names."""

    def key(item: Object) -> str:
        return f"{namespace(item)}/{name(item)}" if full and namespace(item) else name(item)

    return {kind.key: {key(item): item for item in items} for kind, items in objects.items()}


def answer(status: int, headers: Mapping[str, str], body: Any) -> Object:
    """Returns the answer of a sync or finalize hook if it is usable.

    Raises RetryLater for status 429, and HookError for everything else: an answer without `children` would delete
    all children, so it is not usable either.
    """
    check_status(status, headers, body)
    if not isinstance(body, dict) or not isinstance(body.get("children"), list):
        raise HookError("the answer has no list `children`")
    for at, child in enumerate(body["children"]):
        if not isinstance(child, dict) or not all(
            isinstance(text, str) and text
            for text in (child.get("apiVersion"), child.get("kind"), (child.get("metadata") or {}).get("name"))
        ):
            raise HookError(f"children[{at}] needs apiVersion, kind and metadata.name")
    if not isinstance(body.get("status") or {}, dict):
        raise HookError("`status` is not an object")
    after = body.get("resyncAfterSeconds") or 0
    if isinstance(after, bool) or not isinstance(after, (int, float)):
        raise HookError("`resyncAfterSeconds` is not a number")
    return body


def check_status(status: int, headers: Mapping[str, str], body: Any) -> None:
    """Raises RetryLater for status 429, and HookError for every other status than 200."""
    if status == 429:
        raise RetryLater(retry_after(headers.get("Retry-After", "")))
    if status != 200:
        raise HookError(f"the hook answered {status}: {str(body).strip()[:500]}")


def retry_after(value: str) -> float:
    """Returns the seconds of a Retry-After header: a number of seconds or an HTTP date. The default is 1 second."""
    try:
        delay = float(value)
    except ValueError:
        try:
            delay = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            delay = 1.0
    return clamp(delay)


def clamp(delay: float) -> float:
    """Limits a delay: at least 0.1 seconds, at most MAX_DELAY."""
    return min(max(delay, 0.1), MAX_DELAY) if delay == delay else 1.0


def seconds(duration: str) -> float:
    """Returns the seconds of a duration: `10s`, `500ms`, `1m30s`."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    total, number, unit = 0.0, "", ""
    for letter in duration + "0":
        if letter.isdigit() or letter == ".":
            if unit:
                total, number, unit = total + float(number) * units[unit], "", ""
            number += letter
        else:
            unit += letter
    return total


@dataclass(frozen=True)
class Plan:
    """What an answer changes: children to create, to update and to delete, each with its kind."""

    create: list[tuple[Kind, Object]]
    update: list[tuple[Kind, Object]]
    delete: list[tuple[Kind, Object]]


def plan(controller: Controller, parent: Object, parent_kind: Kind, kinds: Mapping[Kind, ChildRule],
         observed: Mapping[Kind, list[Object]], desired: list[Object]) -> Plan:
    """Compares the desired children with the observed ones.

    Raises HookError if a desired child has an undeclared kind or is listed twice, before anything is changed.
    """
    by_type = {(kind.api_version, kind.kind): kind for kind in kinds}
    wanted: dict[tuple[Kind, str, str], Object] = {}
    for child in desired:
        kind = by_type.get((child["apiVersion"], child["kind"]))
        if kind is None:
            raise HookError(f"{child['kind']} {name(child)}: {child['apiVersion']} {child['kind']} is not in childResources")
        child = owned(controller, parent, parent_kind, kind, child)
        identity = (kind, namespace(child), name(child))
        if identity in wanted:
            raise HookError(f"{child['kind']} {name(child)} is listed twice")
        wanted[identity] = child
    found = {(kind, namespace(item), name(item)): item for kind, items in observed.items() for item in items}

    create, update = [], []
    for identity, child in wanted.items():
        kind = identity[0]
        present = found.get(identity)
        if present is None:
            create.append((kind, child))
        elif "deletionTimestamp" not in present["metadata"] and kinds[kind].method != "OnDelete":
            # With its uid, the API server refuses to write to another object that has the same name by now.
            child["metadata"]["uid"] = present["metadata"]["uid"]
            update.append((kind, child))
    delete = [
        (identity[0], item)
        for identity, item in found.items()
        if identity not in wanted and "deletionTimestamp" not in item["metadata"]
    ]
    return Plan(create, update, delete)


def owned(controller: Controller, parent: Object, parent_kind: Kind, kind: Kind, child: Object) -> Object:
    """Returns a desired child as it is applied: with namespace, owner reference and label, without status."""
    metadata = {**child["metadata"]}
    if kind.namespaced and not metadata.get("namespace"):
        metadata["namespace"] = namespace(parent)
    metadata["ownerReferences"] = [{
        "apiVersion": parent_kind.api_version,
        "kind": parent_kind.kind,
        "name": name(parent),
        "uid": parent["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }]
    if controller.generates_selector:
        metadata["labels"] = {**(metadata.get("labels") or {}), "controller-uid": parent["metadata"]["uid"]}
    for field in ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields"):
        metadata.pop(field, None)
    return {**{field: value for field, value in child.items() if field != "status"}, "metadata": metadata}


def is_owned(item: Object, uid: str) -> bool:
    """Reports whether the object with this uid is the controller of an object."""
    return owner(item) == uid


def owner(item: Object) -> str | None:
    """Returns the uid of the controller that an object belongs to."""
    references = item["metadata"].get("ownerReferences") or []
    return next((reference["uid"] for reference in references if reference.get("controller")), None)


def status(parent: Object, hook_status: Object | None) -> Object:
    """Returns the parent's new status: the hook's, and the generation that it is about."""
    generation = parent["metadata"].get("generation")
    return {**(hook_status or {}), **({"observedGeneration": generation} if generation is not None else {})}


def name(item: Object) -> str:
    """Returns the name of an object."""
    return item["metadata"]["name"]


def namespace(item: Object) -> str:
    """Returns the namespace of an object; empty if it has none."""
    return item["metadata"].get("namespace") or ""
