"""The plugin of examples/hello/README.md in Python."""

import logging

from metawasm import Invalid, RetryLater, condition, find

describe = {
    "name": "hello",
    "version": "0.1.0",
    "parent": {"apiVersion": "example.com/v1", "kind": "Hello", "resource": "hellos"},
    "children": [
        {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps"},
        {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments"},
    ],
    "settings": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"greeting": {"type": "string", "default": "Hello"}},
    },
}


def sync(request, settings):
    parent, children = request["parent"], request["children"]
    name, spec = parent["metadata"]["name"], parent.get("spec", {})
    who, replicas = spec.get("who"), spec.get("replicas", 1)
    if not isinstance(who, str) or not who:
        raise Invalid("spec.who: expected a string that is not empty")
    # A bool is an int in Python.
    if type(replicas) is not int or not 0 <= replicas <= 100:
        raise Invalid("spec.replicas: expected an integer from 0 to 100")
    config_map = find(children, "ConfigMap", name)
    if config_map is not None and "deletionTimestamp" in config_map["metadata"]:
        raise RetryLater(5, f"ConfigMap {name} is being deleted")
    logging.info("%s: %d replicas greet %s", name, replicas, who)

    deployment = find(children, "Deployment", name) or {}
    ready = deployment.get("status", {}).get("readyReplicas", 0)
    is_ready = ready >= replicas
    text = f"{ready} of {replicas} replicas are ready"
    found = condition("Ready", is_ready, "Ready" if is_ready else "Waiting", text)
    found["observedGeneration"] = parent["metadata"].get("generation", 0)
    greeting = f"{settings.get('greeting', 'Hello')}, {who}!"
    return {
        "status": {"readyReplicas": ready, "conditions": [found]},
        "children": desired(name, replicas, greeting),
    }


def desired(name, replicas, greeting):
    labels = {"app": name}
    source = {"configMapKeyRef": {"name": name, "key": "greeting"}}
    container = {
        "name": "hello",
        "image": "registry.k8s.io/pause:3.10",
        "env": [{"name": "GREETING", "valueFrom": source}],
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "labels": labels},
            "data": {"greeting": greeting},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "labels": labels},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
    ]
