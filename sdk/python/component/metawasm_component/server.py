"""The module `http.server` of a component: a hook that is a server of its own runs without a socket.

`serve_forever` does not serve: it hands the class of the handler over. Each call of a hook makes a handler and gives it
the request as a POST.
"""

import http
import io
import json
import sys
import types
from email.message import Message

from . import run

_servers = []


class _Served(BaseException):
    """Ends the file of the hook where it would begin to serve."""


class BaseServer:
    """Has the names of a server, and remembers its handler."""

    allow_reuse_address = True
    daemon_threads = True
    timeout = None

    def __init__(self, server_address=("", 80), RequestHandlerClass=None, bind_and_activate=True):
        self.server_address = server_address
        self.server_name, self.server_port = server_address[:2]
        self.RequestHandlerClass = RequestHandlerClass
        self.socket = None

    def serve_forever(self, poll_interval=0.5):
        _servers.append(self)
        raise _Served

    handle_request = serve_forever

    def server_bind(self):
        pass

    def server_activate(self):
        pass

    def server_close(self):
        pass

    def shutdown(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class HTTPServer(BaseServer):
    pass


class ThreadingHTTPServer(HTTPServer):
    pass


class ThreadingMixIn:
    daemon_threads = True


class BaseHTTPRequestHandler:
    """Has the attributes and methods of Python's own class that a hook uses."""

    server_version = "BaseHTTP/0.6"
    sys_version = "Python"
    protocol_version = "HTTP/1.0"
    error_content_type = "text/plain;charset=utf-8"
    responses = {status: (status.phrase, status.description) for status in http.HTTPStatus}
    close_connection = True

    def __init__(self, request, client_address, server):
        self.command, self.path, self.headers, body = request
        self.request = self.connection = None
        self.client_address, self.server = client_address, server
        self.request_version = "HTTP/1.1"
        self.requestline = f"{self.command} {self.path} {self.request_version}"
        self.rfile, self.wfile = io.BytesIO(body), io.BytesIO()
        self.sent_status, self.sent_headers = None, Message()
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def setup(self):
        pass

    def finish(self):
        pass

    def handle(self):
        method = getattr(self, f"do_{self.command}", None)
        if method is None:
            self.send_error(501, f"Unsupported method ({self.command!r})")
        else:
            method()

    def send_response(self, code, message=None):
        self.log_request(code)
        self.send_response_only(code, message)

    def send_response_only(self, code, message=None):
        self.sent_status = int(code)

    def send_header(self, keyword, value):
        self.sent_headers[keyword] = str(value)

    def end_headers(self):
        pass

    def flush_headers(self):
        pass

    def send_error(self, code, message=None, explain=None):
        self.send_response(code, message)
        self.wfile.write((message or explain or http.HTTPStatus(code).phrase).encode())

    def log_request(self, code="-", size="-"):
        pass

    def log_error(self, format, *args):
        self.log_message(format, *args)

    def log_message(self, format, *args):
        sys.stderr.write(f"{format % args}\n")

    def version_string(self):
        return f"{self.server_version} {self.sys_version}"

    def address_string(self):
        return self.client_address[0]


class StreamRequestHandler(BaseHTTPRequestHandler):
    pass


class SimpleHTTPRequestHandler(BaseHTTPRequestHandler):
    pass


def install():
    """Puts the classes into the place of `http.server` and `socketserver`."""
    servers = {
        "http.server": [HTTPServer, ThreadingHTTPServer, BaseHTTPRequestHandler, SimpleHTTPRequestHandler],
        "socketserver": [BaseServer, ThreadingMixIn, StreamRequestHandler],
    }
    for name, classes in servers.items():
        module = types.ModuleType(name)
        for cls in classes:
            setattr(module, cls.__name__, cls)
        sys.modules[name] = module
    sys.modules["socketserver"].TCPServer = BaseServer
    sys.modules["socketserver"].ThreadingTCPServer = BaseServer
    http.server = sys.modules["http.server"]


def load(path, shown):
    """Runs the file of a hook until it serves, and returns the server."""
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    module = types.ModuleType("__main__")
    module.__file__ = path
    before = sys.modules.get("__main__")
    sys.modules["__main__"] = module
    try:
        exec(code, module.__dict__)
    except _Served:
        pass
    finally:
        sys.modules["__main__"] = before
    if not _servers or _servers[-1].RequestHandlerClass is None:
        raise SystemExit(f"{shown} does not serve: expected http.server.HTTPServer(…).serve_forever()")
    # Functions find the globals of their module as long as the module lives.
    server = _servers.pop()
    server.module = module
    return server


def hook_of(server, path):
    """Returns a function of the request's text that has the server answer a POST to a path."""

    def hook(request):
        body = request.encode()
        headers = Message()
        headers["Host"] = "localhost"
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(body))
        handler = server.RequestHandlerClass(("POST", path, headers, body), ("127.0.0.1", 0), server)
        return _outcome(handler)

    return hook


def _outcome(handler):
    """Metacontroller's reading of a status: an answer, a time to wait, or an error."""
    status, body = handler.sent_status, handler.wfile.getvalue().decode(errors="replace")
    if status is None:
        raise run.Failed("internal", "the handler sent no response; call self.send_response(200)")
    if 200 <= status <= 299:
        try:
            json.loads(body)
        except ValueError as error:
            raise run.Failed("internal", f"the body of the response is not JSON: {error}") from None
        return body
    text = " ".join(body.split())[:1000] or http.HTTPStatus(status).phrase
    if status == 429:
        seconds = handler.sent_headers.get("Retry-After", "1")
        raise run.Failed("retry-later", text, run.seconds(seconds))
    if status in (400, 422):
        raise run.Failed("invalid", text)
    raise run.Failed("internal", f"the handler sent the status {status}: {text}")
