"""The few calls of the Kubernetes API that the operator needs, with the credentials that kopf found."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import kopf

from contract import Kind, Object, name, namespace

FIELD_MANAGER = "metawasm-kopf"


class ApiError(Exception):
    """The API server refused a request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Cluster:
    """An API server."""

    def __init__(self, connection: kopf.ConnectionInfo) -> None:
        self._server = connection.server.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=connection.as_ssl_context()),
            headers=connection.as_http_headers(),
            auth=connection.as_aiohttp_basic_auth(),
            timeout=aiohttp.ClientTimeout(total=30),
        )
        self._kinds: dict[tuple[str, str], Kind] = {}

    async def close(self) -> None:
        """Closes all connections."""
        await self._session.close()

    async def kind(self, api_version: str, resource: str) -> Kind:
        """Looks a kind up by its plural name."""
        known = self._kinds.get((api_version, resource))
        if known is None:
            found = await self._send("GET", group(api_version))
            entry = next((entry for entry in found["resources"] if entry["name"] == resource), None)
            if entry is None:
                raise ApiError(404, f"the API server does not serve {resource} of {api_version}")
            known = Kind(api_version, resource, entry["kind"], entry["namespaced"])
            self._kinds[(api_version, resource)] = known
        return known

    async def find(self, kind: Kind, namespace_: str, name_: str) -> Object | None:
        """Returns an object, or None if it does not exist."""
        try:
            return await self._send("GET", f"{path(kind, namespace_)}/{name_}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def list(self, kind: Kind, namespace_: str, selector: str = "") -> list[Object]:
        """Returns the objects of a kind in a namespace, or in all namespaces if it is empty."""
        found = await self._send("GET", path(kind, namespace_), params={"labelSelector": selector} if selector else {})
        # The items of a list lack these two fields.
        return [{"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in found.get("items") or []]

    async def apply(self, kind: Kind, item: Object) -> Object:
        """Applies an object (server-side apply): its fields belong to this operator."""
        return await self._send(
            "PATCH", f"{path(kind, namespace(item))}/{name(item)}",
            params={"fieldManager": FIELD_MANAGER, "force": "true"},
            body=item, media="application/apply-patch+yaml",
        )

    async def delete(self, kind: Kind, item: Object) -> None:
        """Deletes exactly this object, not another one that has its name by now."""
        options = {"propagationPolicy": "Background", "preconditions": {"uid": item["metadata"]["uid"]}}
        try:
            await self._send("DELETE", f"{path(kind, namespace(item))}/{name(item)}", body=options)
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    async def write_status(self, kind: Kind, item: Object, status: Object) -> None:
        """Replaces the status of an object. A conflict is ignored: the change that caused it leads to another call."""
        try:
            await self._send("PUT", f"{path(kind, namespace(item))}/{name(item)}/status", body={**item, "status": status})
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    async def _send(self, method: str, path_: str, *, params: dict[str, str] | None = None, body: Any = None,
                    media: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body)
        async with self._session.request(method, self._server + path_, params=params, data=data,
                                         headers={"Content-Type": media}) as response:
            text = await response.text()
            if response.status >= 400:
                try:
                    message = json.loads(text)["message"]
                except (ValueError, KeyError, TypeError):
                    message = f"{method} {path_}: status {response.status}"
                raise ApiError(response.status, message)
            return json.loads(text)


def group(api_version: str) -> str:
    """Returns the path of an API version."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def path(kind: Kind, namespace_: str) -> str:
    """Returns the path of the objects of a kind."""
    within = f"/namespaces/{namespace_}" if kind.namespaced and namespace_ else ""
    return f"{group(kind.api_version)}{within}/{kind.resource}"
