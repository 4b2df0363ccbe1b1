"""A Function as a Deployment, a Service, and a Dapr Component for each of its states; and its status."""


def kind(api_version, kind, resource):
    return {"apiVersion": api_version, "kind": kind, "resource": resource}


# What the host needs to know about the plugin; the servers do not read it.
describe = {
    "name": "workload",
    "version": "0.1.0",
    "parent": kind("core.openfunction.io/v1beta2", "Function", "functions"),
    "children": [
        kind("apps/v1", "Deployment", "deployments"),
        kind("v1", "Service", "services"),
        kind("dapr.io/v1alpha1", "Component", "components"),
    ],
}


def make_labels(parent):
    metadata = parent["metadata"]
    labels = {**metadata.get("labels", {}), "app.kubernetes.io/name": metadata["name"]}
    if version := parent["spec"].get("version"):
        labels["app.kubernetes.io/version"] = version
    return labels


def make_deployment(parent, labels, port):
    name, serving = parent["metadata"]["name"], parent["spec"]["serving"]
    scale = serving.get("scaleOptions", {})
    container = (serving.get("template", {}).get("containers") or [{}])[0]
    own = [{"name": "FUNCTION_NAME", "value": name}, {"name": "PORT", "value": str(port)}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": max(1, min(scale.get("minReplicas", 1), scale.get("maxReplicas", 10))),
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [
                        {
                            "name": container.get("name", "function"),
                            "image": parent["spec"]["image"],
                            "imagePullPolicy": container.get("imagePullPolicy", "IfNotPresent"),
                            "ports": [{"name": "http", "containerPort": port}],
                            "env": container.get("env", []) + own,
                        }
                    ]
                },
            },
        },
    }


def make_service(parent, labels, port):
    name = parent["metadata"]["name"]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "selector": {"app.kubernetes.io/name": name},
            "ports": [{"name": "http", "port": 80, "targetPort": port}],
        },
    }


def make_components(parent, labels):
    name = parent["metadata"]["name"]
    return [
        {
            "apiVersion": "dapr.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": f"{name}-{state}", "labels": labels},
            "spec": component["spec"],
        }
        for state, component in parent["spec"]["serving"].get("states", {}).items()
    ]


def make_status(parent, children):
    metadata = parent["metadata"]
    observed = [child for group in children.values() for child in group.values()]
    deployment = children.get("Deployment.apps/v1", {}).get(f"{metadata['namespace']}/{metadata['name']}")
    status = (deployment or {}).get("status", {})
    is_available = any(
        found["type"] == "Available" and found["status"] == "True" for found in status.get("conditions", [])
    )
    return {
        "observedGeneration": metadata["generation"],
        "children": sum("deletionTimestamp" not in child["metadata"] for child in observed),
        "readyReplicas": status.get("readyReplicas", 0),
        "state": "Running" if is_available else "Starting" if deployment else "Pending",
    }


def sync(request, settings):
    parent = request["parent"]
    labels = make_labels(parent)
    port = parent["spec"]["serving"].get("triggers", {}).get("http", {}).get("port", 8080)
    workload = [make_deployment(parent, labels, port), make_service(parent, labels, port)]
    return {
        "status": make_status(parent, request["children"]),
        "children": workload + make_components(parent, labels),
    }
