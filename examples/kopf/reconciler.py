"""One reconciliation: observe, call the hook, apply its answer."""

from __future__ import annotations

import json
import logging
from typing import Any

import aiohttp

import contract
import related
from cluster import ApiError, Cluster
from contract import ChildRule, Controller, HookError, Kind, Object, name, namespace

log = logging.getLogger("metawasm-kopf")


class Reconciler:
    """Brings the children of a parent to what the hook desires."""

    def __init__(self, controller: Controller, cluster: Cluster) -> None:
        self.controller = controller
        self._cluster = cluster
        self._http = aiohttp.ClientSession()

    async def close(self) -> None:
        """Closes all connections."""
        await self._http.close()
        await self._cluster.close()

    async def sync(self, namespace_: str, name_: str) -> float | None:
        """Calls the sync hook of a parent. Returns the seconds after which the hook wants to be called again.

        Raises HookError or ApiError. If the hook fails, nothing is changed.
        """
        parent = await self._parent(namespace_, name_)
        if parent is None or "deletionTimestamp" in parent["metadata"]:
            return None
        answer = await self._reconcile("sync", parent)
        return delay(answer) or self.controller.resync

    async def finalize(self, namespace_: str, name_: str) -> tuple[bool, float | None]:
        """Calls the finalize hook of a parent. Returns whether it is finalized, and when to call the hook again."""
        parent = await self._parent(namespace_, name_)
        if parent is None:
            return True, None
        answer = await self._reconcile("finalize", parent)
        return answer.get("finalized") is True, delay(answer)

    async def _reconcile(self, hook: str, parent: Object) -> Object:
        kinds = {await self._cluster.kind(rule.api_version, rule.resource): rule for rule in self.controller.children}
        parent_kind = await self._parent_kind()
        observed = await self._observed(parent, kinds)
        request = self.controller.request(hook, parent, observed, await self._related(parent))
        answer = contract.answer(*await self._call(hook, request))
        # All checks come before the first write.
        plan = contract.plan(self.controller, parent, parent_kind, kinds, observed, answer["children"])

        failures = []
        for kind, child in plan.delete:
            await self._attempt(failures, "delete", child, self._cluster.delete(kind, child))
        for kind, child in plan.create:
            await self._attempt(failures, "create", child, self._create(kind, child))
        for kind, child in plan.update:
            await self._attempt(failures, "update", child, self._update(kind, kinds[kind], child))
        status = contract.status(parent, answer.get("status"))
        if status != parent.get("status"):
            await self._cluster.write_status(parent_kind, parent, status)
        if failures:
            raise ApiError(500, "; ".join(failures))
        return answer

    async def _attempt(self, failures: list[str], verb: str, child: Object, write: Any) -> None:
        # A child that cannot be written does not keep the others from being written.
        what = f"{verb} {child['kind']} {namespace(child)}/{name(child)}"
        try:
            await write
            log.debug("%s", what)
        except (ApiError, aiohttp.ClientError) as error:
            failures.append(f"{what}: {error}")

    async def _create(self, kind: Kind, child: Object) -> None:
        # Apply would take over an object that belongs to somebody else.
        if await self._cluster.find(kind, namespace(child), name(child)) is not None:
            raise ApiError(409, "an object with this name exists and belongs to another owner")
        await self._cluster.apply(kind, child)

    async def _update(self, kind: Kind, rule: ChildRule, child: Object) -> None:
        try:
            await self._cluster.apply(kind, child)
        except ApiError as error:
            if error.status != 422 or rule.method != "Recreate":
                raise
            # An immutable field differs. The event of the deletion leads to the next call, which creates the child.
            await self._cluster.delete(kind, child)

    async def _observed(self, parent: Object, kinds: dict[Kind, ChildRule]) -> dict[Kind, list[Object]]:
        uid = parent["metadata"]["uid"]
        selector = f"controller-uid={uid}" if self.controller.generates_selector else ""
        observed = {}
        for kind in kinds:
            items = await self._cluster.list(kind, namespace(parent), selector)
            observed[kind] = [item for item in items if contract.is_owned(item, uid)]
        return observed

    async def _related(self, parent: Object) -> dict[Kind, list[Object]]:
        if not self.controller.url("customize"):
            return {}
        status, headers, body = await self._call("customize", self.controller.request("customize", parent, {}, {}))
        contract.check_status(status, headers, body)
        found: dict[Kind, list[Object]] = {}
        for rule in related.rules(body):
            kind = await self._cluster.kind(rule.api_version, rule.resource)
            items = await self._cluster.list(kind, rule.namespace, rule.selector)
            group = found.setdefault(kind, [])
            group.extend(item for item in items if (not rule.names or name(item) in rule.names) and item not in group)
        return found

    async def _call(self, hook: str, request: Object) -> tuple[int, Any, Any]:
        url = self.controller.url(hook)
        timeout = aiohttp.ClientTimeout(total=self.controller.timeout(hook))
        try:
            async with self._http.post(url, json=request, timeout=timeout) as response:
                text = await response.text()
                headers = response.headers
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise HookError(f"cannot call {url}: {error or type(error).__name__}") from error
        if status != 200:
            return status, headers, text
        try:
            return status, headers, json.loads(text)
        except ValueError as error:
            raise HookError(f"{url} returned invalid JSON: {error}") from error

    async def _parent_kind(self) -> Kind:
        return await self._cluster.kind(self.controller.parent_api_version, self.controller.parent_resource)

    async def _parent(self, namespace_: str, name_: str) -> Object | None:
        return await self._cluster.find(await self._parent_kind(), namespace_, name_)


def delay(answer: Object) -> float | None:
    """Returns the seconds of `resyncAfterSeconds`, limited; None if the answer does not have it."""
    after = answer.get("resyncAfterSeconds") or 0
    return contract.clamp(after) if after > 0 else None
