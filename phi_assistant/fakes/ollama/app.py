"""The ASGI application: routes, who may ask, faults, and the end of what nobody waits for any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from phi_assistant.fakes.ollama import listing, openai
from phi_assistant.fakes.ollama.chat import chat
from phi_assistant.fakes.ollama.connections import Connections
from phi_assistant.fakes.ollama.embed import embed, embeddings
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.faults import Fault
from phi_assistant.fakes.ollama.generate import generate
from phi_assistant.fakes.ollama.guard import host_allowed, origin_allowed
from phi_assistant.fakes.ollama.machine import Machine
from phi_assistant.fakes.ollama.pull import pull
from phi_assistant.fakes.ollama.received import Received
from phi_assistant.fakes.ollama.reply import Headers, Reply
from phi_assistant.fakes.ollama.show import show

Handler = Callable[[Machine, bytes, Reply], Awaitable[None]]

ROUTES: Mapping[str, tuple[str, Handler]] = {
    "/": ("GET", listing.root),
    "/api/version": ("GET", listing.version),
    "/api/tags": ("GET", listing.tags),
    "/api/ps": ("GET", listing.ps),
    "/api/show": ("POST", show),
    "/api/chat": ("POST", chat),
    "/api/generate": ("POST", generate),
    "/api/embed": ("POST", embed),
    "/api/embeddings": ("POST", embeddings),
    "/api/pull": ("POST", pull),
    "/api/copy": ("POST", listing.copy),
    "/api/delete": ("DELETE", listing.delete),
    "/v1/models": ("GET", openai.models),
    "/v1/chat/completions": ("POST", openai.completions),
    "/v1/embeddings": ("POST", openai.embeddings),
}


class Endpoint:
    """A handler as an ASGI application; what it raises becomes the answer."""

    def __init__(self, handler: Handler, machine: Machine) -> None:
        self._handler, self._machine = handler, machine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        reply = Reply(send, scope["state"]["headers"])
        try:
            await self._handler(self._machine, body, reply)
        except ApiError as exc:
            await reply.error(exc)


def routed(machine: Machine) -> Starlette:
    """The endpoints, and what gin says of those that are none."""
    routes = [Route(path, Endpoint(handler, machine), methods=[method]) for path, (method, handler) in ROUTES.items()]
    texts = {404: "404 page not found", 405: "405 method not allowed"}

    async def missing(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        return Response(texts.get(status), status, {"content-type": "text/plain"})

    return Starlette(routes=routes, exception_handlers={404: missing, 405: missing})


@dataclass
class App:
    """What uvicorn runs."""

    machine: Machine
    connections: Connections
    next_fault: Callable[[Received], Fault | None]
    origins: Sequence[str] = ()
    loopback: bool = True
    requests: list[Received] = field(default_factory=list)
    cancelled: int = 0
    """How many requests ended because the client went away."""

    def __post_init__(self) -> None:
        self._inner = routed(self.machine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        received = Received.of(scope, body)
        self.requests.append(received)
        fault = self.next_fault(received)
        scope["state"] = {}
        answering = asyncio.create_task(self._answer(scope, received, send, fault))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and fault is None:
                self.cancelled += 1
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
        if not answering.cancelled() and (failed := answering.exception()):
            raise failed

    async def _answer(self, scope: Scope, received: Received, send: Send, fault: Fault | None) -> None:
        allowed = self._allowed(received)
        if allowed is None:
            await Reply(send).body(b"", 403)
            return
        scope["state"]["headers"] = allowed
        if received.method == "OPTIONS":
            await Reply(send, allowed).body(b"", 204)
            return
        receive = _once(received.body)
        if fault is None:
            await self._inner(scope, receive, send)
        else:
            await fault.spoil(self._inner, scope, receive, send, self.connections.of(scope["client"]))

    def _allowed(self, received: Received) -> Headers | None:
        """Headers of every answer; None for those who may not ask."""
        host, origin = received.headers.get("host", ""), received.headers.get("origin")
        if self.loopback and not host_allowed(host):
            return None
        if origin is None or origin in (f"http://{host}", f"https://{host}"):
            return []
        if not origin_allowed(origin, self.origins):
            return None
        return [(b"access-control-allow-origin", origin.encode())]


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None if the client went away before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def _gone(receive: Receive) -> None:
    """Returns when the client has gone away, or has the whole answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _once(body: bytes) -> Receive:
    message: dict[str, Any] = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> Message:
        return message

    return receive
