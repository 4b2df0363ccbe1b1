"""The operator: kopf watches parents and children, a metawasm hook decides what the children are.

    CONTROLLER=controller.yaml kopf run --all-namespaces controller.py
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

import aiohttp
import kopf
import yaml

from cluster import ApiError, Cluster
from contract import Controller, HookError, RetryLater, owner
from reconciler import Reconciler

MAX_BACKOFF = 60.0
"""The longest time between two attempts after failures, in seconds."""

with open(os.environ.get("CONTROLLER", "controller.yaml"), encoding="utf-8") as manifest:
    CONTROLLER = Controller(yaml.safe_load(manifest))

PARENT = (CONTROLLER.parent_api_version, CONTROLLER.parent_resource)


class Parent:
    """A parent and the task that calls its hook: one call at a time, again after each event."""

    def __init__(self, namespace: str | None, name: str, body: kopf.RawBody) -> None:
        self.namespace = namespace or ""
        self.name = name
        self.body = body
        self.changed = asyncio.Event()
        # Finalize does not run while sync runs.
        self.lock = asyncio.Lock()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        failures = 0
        while True:
            self.changed.clear()
            try:
                async with self.lock:
                    wait = await reconciler().sync(self.namespace, self.name)
                failures = 0
            except RetryLater as later:
                wait = later.delay
            except (HookError, ApiError, aiohttp.ClientError, TimeoutError) as error:
                failures += 1
                wait = min(2.0 ** (failures - 1), MAX_BACKOFF)
                kopf.warn(self.body, reason="SyncError", message=str(error))
                logging.warning("%s/%s: %s", self.namespace, self.name, error)
            except Exception:
                # A bug here must not end the task: the parent would never be reconciled again.
                failures += 1
                wait = min(2.0 ** (failures - 1), MAX_BACKOFF)
                logging.exception("%s/%s", self.namespace, self.name)
            try:
                await asyncio.wait_for(self.changed.wait(), wait)
            except TimeoutError:
                pass


parents: dict[str, Parent] = {}
"""The parents by uid."""

state: dict[str, Any] = {}


def reconciler() -> Reconciler:
    """Returns the reconciler. It exists as soon as kopf has logged in."""
    return state["reconciler"]


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    settings.posting.level = logging.WARNING
    settings.persistence.finalizer = f"metawasm.kopf/{CONTROLLER.name}"


@kopf.on.login()
async def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    connection = kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)
    if connection is not None:
        previous = state.get("reconciler")
        state["reconciler"] = Reconciler(CONTROLLER, Cluster(connection))
        if previous is not None:
            await previous.close()
    return connection


@kopf.on.cleanup()
async def cleanup(**_: Any) -> None:
    for parent in parents.values():
        parent.task.cancel()
    await asyncio.gather(*(parent.task for parent in parents.values()), return_exceptions=True)
    if "reconciler" in state:
        await reconciler().close()


@kopf.on.event(*PARENT)
async def parent_changed(type: str | None, uid: str, namespace: str | None, name: str, body: kopf.Body, **_: Any) -> None:
    known = parents.get(uid)
    if type == "DELETED":
        if known is not None:
            parents.pop(uid).task.cancel()
    elif known is None:
        parents[uid] = Parent(namespace, name, dict(body))
    else:
        known.body = dict(body)
        known.changed.set()


async def child_changed(body: kopf.Body, **_: Any) -> None:
    parent = parents.get(owner(body) or "")
    if parent is not None:
        parent.changed.set()


for rule in CONTROLLER.children:
    kopf.on.event(rule.api_version, rule.resource, id=f"child-{rule.resource}.{rule.api_version}")(child_changed)


async def finalize(uid: str, namespace: str | None, name: str, body: kopf.Body, **_: Any) -> None:
    parent = parents.get(uid)
    lock = parent.lock if parent is not None else asyncio.Lock()
    try:
        async with lock:
            finalized, wait = await reconciler().finalize(namespace or "", name)
    except RetryLater as later:
        raise kopf.TemporaryError(str(later), delay=later.delay) from later
    except (HookError, ApiError, aiohttp.ClientError, TimeoutError) as error:
        raise kopf.TemporaryError(str(error), delay=10) from error
    if not finalized:
        raise kopf.TemporaryError("the finalize hook has not finished yet", delay=wait or 2)


# With a finalize hook, kopf keeps a finalizer on every parent.
if CONTROLLER.url("finalize"):
    kopf.on.delete(*PARENT)(finalize)
