"""Python's own HTTP server, with a thread for each connection and connections that stay open. Prints its address."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chosen import choose

answer = choose()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The head and the body are written one after the other: without this, each answer takes 40 ms.
    disable_nagle_algorithm = True

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(answer(request), separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # Writing a log line costs the same everywhere; it is not what is measured.
    def log_message(self, *words):
        pass


class Server(ThreadingHTTPServer):
    # With the default of 5, connections that are opened at the same time can wait for a second.
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
print(f"127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
