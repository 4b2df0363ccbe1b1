"""Related objects: what a customize hook asks for beside the children. No I/O in this module."""

from __future__ import annotations

from dataclasses import dataclass

from contract import HookError, Object


@dataclass(frozen=True)
class Rule:
    """A rule of a customize answer."""

    api_version: str
    resource: str
    namespace: str
    names: frozenset[str]
    selector: str


def rules(answer: Object) -> list[Rule]:
    """Returns the rules of a customize answer."""
    if not isinstance(answer, dict):
        raise HookError("the answer of the customize hook is not an object")
    found = []
    for at, rule in enumerate(answer.get("relatedResources") or []):
        if rule.get("namespaceSelector"):
            raise HookError(f"relatedResources[{at}].namespaceSelector is unsupported")
        found.append(Rule(rule["apiVersion"], rule["resource"], rule.get("namespace") or "",
                          frozenset(rule.get("names") or []), selector(rule.get("labelSelector") or {})))
    return found


def selector(labels: Object) -> str:
    """Returns a label selector in the form of the query parameter `labelSelector`."""
    terms = [f"{key}={value}" for key, value in sorted((labels.get("matchLabels") or {}).items())]
    for term in labels.get("matchExpressions") or []:
        key, operator, values = term["key"], term["operator"], ",".join(term.get("values") or [])
        terms.append({
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }[operator])
    return ",".join(terms)
