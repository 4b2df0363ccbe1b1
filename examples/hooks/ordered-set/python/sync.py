"""Pods with fixed names and volumes, made and removed in order.

Pod N is only made when the Pods before it are ready, and only removed when those after it are gone. The finalize hook
(the same URL) removes the Pods in that order as well; the volumes stay until the end.
"""

import json
import re
from http.server import BaseHTTPRequestHandler, HTTPServer


NAME = re.compile(r"(?P<set>.+)-(?P<index>\d+)")


def is_ready(pod):
    if pod is None or "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod.get("status", {}).get("conditions", [])
    return any(found["type"] == "Ready" and found["status"] == "True" for found in conditions)


def ordinals(name, pods):
    matches = [NAME.fullmatch(pod) for pod in pods]
    return sorted(int(match["index"]) for match in matches if match and match["set"] == name)


def make_pod(parent, index):
    spec, name = parent["spec"], f"{parent['metadata']['name']}-{index}"
    template = spec["template"]
    volumes = [
        {
            "name": volume["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": f"{volume['metadata']['name']}-{name}"},
        }
        for volume in spec.get("volumes", [])
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": name},
        "spec": {
            **template["spec"],
            "hostname": name,
            "subdomain": spec["serviceName"],
            "volumes": template["spec"].get("volumes", []) + volumes,
        },
    }


def make_claims(parent, index):
    spec = parent["spec"]
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "labels": spec["template"]["metadata"]["labels"],
                "name": f"{volume['metadata']['name']}-{parent['metadata']['name']}-{index}",
            },
            "spec": volume["spec"],
        }
        for volume in spec.get("volumes", [])
    ]


def identity(child):
    name = child["metadata"]["name"]
    return {"apiVersion": child["apiVersion"], "kind": child["kind"], "metadata": {"name": name}}


def sync(parent, children, finalizing):
    name = parent["metadata"]["name"]
    goal = 0 if finalizing else parent["spec"]["replicas"]
    pods = children.get("Pod.v1", {})
    present = ordinals(name, pods)
    ready = 0
    while ready < goal and is_ready(pods.get(f"{name}-{ready}")):
        ready += 1

    # All Pods that exist stay, but for one: the next to make, or the last to remove.
    kept = set(present)
    missing = next((index for index in range(goal) if index not in kept), None)
    if missing is not None and missing <= ready:
        kept.add(missing)
    elif present and present[-1] >= goal:
        kept.discard(present[-1])

    wanted = [claim for index in sorted(kept) for claim in make_claims(parent, index)]
    names = {claim["metadata"]["name"] for claim in wanted}
    claims = children.get("PersistentVolumeClaim.v1", {}).values()
    left = [identity(claim) for claim in claims if claim["metadata"]["name"] not in names]
    answer = {
        "status": {"replicas": len(present), "readyReplicas": ready},
        "children": [make_pod(parent, index) for index in sorted(kept)] + wanted + left,
    }
    if finalizing:
        answer["finalized"] = not present
        if not present:
            answer["children"] = []
    return answer


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("content-length"))))
        answer = sync(request["parent"], request["children"], request["finalizing"])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("", 8080), Hooks).serve_forever()
