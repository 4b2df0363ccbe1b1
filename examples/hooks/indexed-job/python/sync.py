"""A Pod per index, at most `parallelism` at a time, until each index has succeeded once.

A failed Pod is replaced: it is not asked for any more, and is made again by the next sync.
"""

import copy
import json
from http.server import BaseHTTPRequestHandler, HTTPServer


def phase(pod):
    if pod is None:
        return "missing"
    return pod.get("status", {}).get("phase", "Pending")


def make_pod(parent, index):
    template = copy.deepcopy(parent["spec"]["template"])
    for container in template["spec"]["containers"]:
        container["env"] = container.get("env", []) + [{"name": "JOB_INDEX", "value": str(index)}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": template["metadata"]["labels"], "name": f"{parent['metadata']['name']}-{index}"},
        "spec": {"restartPolicy": "Never", **template["spec"]},
    }


def sync(parent, children):
    spec = parent["spec"]
    pods = children["Pod.v1"]
    phases = [phase(pods.get(f"{parent['metadata']['name']}-{index}")) for index in range(spec["completions"])]
    active = phases.count("Pending") + phases.count("Running")
    desired = []
    for index, current in enumerate(phases):
        if current == "Failed":
            continue
        if current == "missing":
            if active >= spec.get("parallelism", 1):
                continue
            active += 1
        desired.append(make_pod(parent, index))
    succeeded = phases.count("Succeeded")
    complete = "True" if succeeded == spec["completions"] else "False"
    status = {
        "active": active,
        "failed": phases.count("Failed"),
        "succeeded": succeeded,
        "conditions": [{"type": "Complete", "status": complete}],
    }
    return {"status": status, "children": desired}


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("content-length"))))
        answer = json.dumps(sync(request["parent"], request["children"])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


HTTPServer(("", 8080), Hooks).serve_forever()
