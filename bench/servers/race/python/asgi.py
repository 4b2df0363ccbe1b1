"""A server with Starlette on uvicorn, in one process. Prints its address."""

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from chosen import choose

answer = choose()


async def sync(request):
    return JSONResponse(answer(await request.json()))


app = Starlette(routes=[Route("/{path:path}", sync, methods=["POST"])])

listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
# Writing log lines costs the same everywhere; it is not what is measured.
config = uvicorn.Config(app, log_level="warning", access_log=False)
uvicorn.Server(config).run(sockets=[listener])
