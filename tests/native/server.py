"""Runs a hook that is a server of its own on a free port, and prints the port."""

import http.server
import runpy
import sys


class Server(http.server.HTTPServer):
    def __init__(self, address, handler):
        handler.log_message = lambda *words: None
        super().__init__(("127.0.0.1", 0), handler)
        print(self.server_address[1], flush=True)


http.server.HTTPServer = Server
runpy.run_path(sys.argv[1], run_name="__main__")
