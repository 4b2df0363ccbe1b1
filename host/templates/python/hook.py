"""The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.

It is a pure function: the request contains everything that it may read, and the answer is everything that it does. Code
at the top level runs once, when the plugin is built.
"""

import logging
from pathlib import Path

from metawasm import Invalid, condition, find

IMAGE = "nginx:1.29-alpine"

# What the host needs to know about this plugin.
describe = {
    "name": "{{name}}",
    "version": "0.1.0",
    "parent": {"apiVersion": "{{group}}/v1", "kind": "{{Kind}}", "resource": "{{resource}}"},
    "children": [
        {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps"},
        {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments"},
    ],
    "settings": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "image": {"type": "string", "default": IMAGE, "description": "Image of the web server."},
        },
    },
    "crd": Path(__file__).with_name("crd.yaml").read_text(),
}


def sync(request, settings):
    """Returns the children that should exist, and the status of the parent."""
    parent = request["parent"]
    name, spec = parent["metadata"]["name"], parent.get("spec", {})
    message, replicas = spec.get("message"), spec.get("replicas", 1)
    # The text becomes an Event of the parent.
    if not isinstance(message, str):
        raise Invalid("spec.message: expected a string")
    if type(replicas) is not int or replicas < 0:
        raise Invalid("spec.replicas: expected an integer of at least 0")
    if not message:
        logging.warning("spec.message is empty; the page is blank")

    observed = find(request["children"], "Deployment", name) or {}
    ready = observed.get("status", {}).get("readyReplicas", 0)
    reason = "Ready" if ready >= replicas else "Waiting"
    return {
        "status": {
            "readyReplicas": ready,
            "conditions": [
                condition("Ready", ready >= replicas, reason, f"{ready} of {replicas} replicas are ready"),
            ],
        },
        "children": [config_map(name, message), deployment(name, replicas, settings.get("image", IMAGE))],
    }


def config_map(name, message):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"index.html": f"<h1>{message}</h1>\n"},
    }


def deployment(name, replicas, image):
    labels = {"app": name}
    web = {
        "name": "web",
        "image": image,
        "ports": [{"containerPort": 80}],
        "volumeMounts": [{"name": "page", "mountPath": "/usr/share/nginx/html"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [web],
                    "volumes": [{"name": "page", "configMap": {"name": name}}],
                },
            },
        },
    }
