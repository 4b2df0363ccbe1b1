"""A ClusterRole to read, and one to edit, the objects of a CustomResourceDefinition, aggregated to `view` and `edit`."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

VERBS = {
    "view": ["get", "list", "watch"],
    "edit": ["create", "update", "patch", "delete", "deletecollection"],
}


def role(crd, name):
    spec = crd["spec"]
    resources = [spec["names"]["plural"]]
    if any("status" in version.get("subresources", {}) for version in spec["versions"]):
        resources.append(f"{spec['names']['plural']}/status")
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {
            "name": f"{crd['metadata']['name']}-{name}",
            "labels": {f"rbac.authorization.k8s.io/aggregate-to-{name}": "true"},
        },
        "rules": [{"apiGroups": [spec["group"]], "resources": resources, "verbs": VERBS[name]}],
    }


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        crd = json.loads(self.rfile.read(int(self.headers.get("content-length"))))["object"]
        wanted = [name.strip() for name in crd["metadata"]["annotations"]["example.com/roles"].split(",")]
        body = json.dumps({"attachments": [role(crd, name) for name in wanted if name in VERBS]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", 8080), Hooks).serve_forever()
