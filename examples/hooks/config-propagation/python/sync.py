"""Copies of one ConfigMap in all namespaces that a selector selects."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer


def customize(parent):
    source = parent["spec"]["source"]
    return {
        "relatedResources": [
            {"apiVersion": "v1", "resource": "configmaps", "namespace": source["namespace"], "names": [source["name"]]},
            {"apiVersion": "v1", "resource": "namespaces", "labelSelector": parent["spec"]["namespaceSelector"]},
        ]
    }


def copy_to(namespace, original):
    meta = original["metadata"]
    child = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": meta["name"],
            "namespace": namespace,
            "annotations": {"example.com/copy-of": f"{meta['namespace']}/{meta['name']}"},
        },
        "data": original.get("data", {}),
    }
    if "binaryData" in original:
        child["binaryData"] = original["binaryData"]
    return child


def sync(parent, related):
    source = parent["spec"]["source"]
    original = related["ConfigMap.v1"].get(f"{source['namespace']}/{source['name']}")
    if original is None:
        return {"status": {"copies": 0, "found": False}, "children": []}
    namespaces = sorted(
        namespace["metadata"]["name"]
        for namespace in related["Namespace.v1"].values()
        if "deletionTimestamp" not in namespace["metadata"] and namespace["metadata"]["name"] != source["namespace"]
    )
    children = [copy_to(namespace, original) for namespace in namespaces]
    return {"status": {"copies": len(children), "found": True}, "children": children}


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("content-length"))))
        if self.path == "/customize":
            answer = customize(request["parent"])
        else:
            answer = sync(request["parent"], request["related"])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", 8080), Hooks).serve_forever()
