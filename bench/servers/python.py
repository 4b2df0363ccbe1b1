"""Serves one hook that is a server of its own on a free port, with connections that stay open. Prints its address.

python3 python.py HOOK.py
"""

import http.server
import runpy
import sys


class Server(http.server.HTTPServer):
    def __init__(self, address, handler):
        handler.protocol_version = "HTTP/1.1"
        # The head and the body are written one after the other.
        handler.disable_nagle_algorithm = True
        # Writing a log line costs the same everywhere; it is not what is measured.
        handler.log_message = lambda *words: None
        super().__init__(("127.0.0.1", 0), handler)
        print(f"127.0.0.1:{self.server_address[1]}", flush=True)


http.server.HTTPServer = Server
runpy.run_path(sys.argv[1], run_name="__main__")
