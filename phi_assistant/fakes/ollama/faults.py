"""What can go wrong on purpose: a `Fault` spoils one request.

    Status       refused with a status and a text: `BUSY`, `CANCELED`, `FORBIDDEN`, `DIED`, `OUT_OF_MEMORY`
    Refused      no connection for a while
    Reset        the connection is reset, before the answer or within it
    Cut          the connection ends after so many bytes of the answer
    HalfLine     the connection ends in the middle of a line
    NoDone       the stream ends properly, but without its last line
    ErrorLine    the stream ends with an error as its last line
    Stall        nothing comes any more
    Slow         every line takes a while

Lines are those of a stream; in an answer that is one object, it is the only one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phi_assistant.fakes.ollama import errors, go
from phi_assistant.fakes.ollama.connections import Connection
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.reply import JSON_UTF8, NDJSON, Reply


class Fault:
    """A way in which a request goes wrong. Those that let the answer begin look at each of its messages."""

    async def spoil(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, connection: Connection) -> None:
        """Answers instead of the server, or lets it answer and spoils that."""
        stream = Stream(send, connection)

        async def spoiled(message: Message) -> None:
            await self.message(message, stream)

        await app(scope, receive, spoiled)

    async def message(self, message: Message, stream: Stream) -> None:
        """One message of the answer."""
        await stream.send(message)


class Stream:
    """How much of an answer was sent."""

    def __init__(self, send: Send, connection: Connection) -> None:
        self._send, self.connection = send, connection
        self.bytes = self.lines = 0
        self.kind = ""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.kind = dict(message["headers"]).get(b"content-type", b"").decode()
        else:
            self.bytes += len(message["body"])
            self.lines += bool(message["body"])
        await self._send(message)

    async def end(self) -> None:
        """As if all had been sent; whoever writes the rest is stopped."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        await never()

    async def cut(self, part: bytes, *, reset: bool = False) -> None:
        """The last bytes; then the connection is gone."""
        if part:
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
        self.connection.reset() if reset else self.connection.close()
        await never()


async def never() -> None:
    """Waits until the request is given up."""
    await asyncio.Event().wait()


@dataclass(frozen=True)
class Status(Fault):
    """Refused; without a text the body is empty."""

    status: int
    text: str | None = None

    async def spoil(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, connection: Connection) -> None:
        reply = Reply(send)
        if self.text is None:
            await reply.body(b"", self.status)
        else:
            await reply.error(ApiError(self.status, self.text))


BUSY = Status(503, errors.BUSY)
CANCELED = Status(499, "request canceled")
FORBIDDEN = Status(403)
DIED = Status(500, errors.DIED)
OUT_OF_MEMORY = Status(500, errors.OUT_OF_MEMORY)


@dataclass(frozen=True)
class Refused(Fault):
    """Connections are refused for a while. As the first fault it begins at once; a request that meets it is reset."""

    seconds: float = 0.2

    async def spoil(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, connection: Connection) -> None:
        connection.refuse(self.seconds)
        connection.reset()


@dataclass(frozen=True)
class Reset(Fault):
    """The connection is reset."""

    after: int | None = None
    """Bytes of the body that come before; None: not even a status line comes."""

    async def spoil(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, connection: Connection) -> None:
        if self.after is None:
            connection.reset()
        else:
            await super().spoil(app, scope, receive, send, connection)

    async def message(self, message: Message, stream: Stream) -> None:
        await _until(self.after or 0, message, stream, reset=True)


@dataclass(frozen=True)
class Cut(Fault):
    """The connection is closed."""

    after: int
    """Bytes of the body that come before."""

    async def message(self, message: Message, stream: Stream) -> None:
        await _until(self.after, message, stream, reset=False)


async def _until(after: int, message: Message, stream: Stream, *, reset: bool) -> None:
    body = message.get("body", b"")
    if message["type"] == "http.response.body" and stream.bytes + len(body) >= after:
        await stream.cut(body[: after - stream.bytes], reset=reset)
    await stream.send(message)


@dataclass(frozen=True)
class HalfLine(Fault):
    """The connection is closed in the middle of a line."""

    line: int = 1
    """Which one, the first being 1."""

    async def message(self, message: Message, stream: Stream) -> None:
        body = message.get("body", b"")
        if body and stream.lines == self.line - 1:
            await stream.cut(body[: len(body) // 2])
        await stream.send(message)


@dataclass(frozen=True)
class NoDone(Fault):
    """The stream ends as if all was well, without its last line; an answer in one object stays whole."""

    lines: int | None = None
    """After so many; None: after all but the last one."""

    async def message(self, message: Message, stream: Stream) -> None:
        body = message.get("body", b"")
        enough = stream.lines == self.lines or b'"done":true' in body or body == b"data: [DONE]\n\n"
        if body and enough and stream.kind in (NDJSON, "text/event-stream"):
            await stream.end()
        await stream.send(message)


@dataclass(frozen=True)
class ErrorLine(Fault):
    """The stream ends with an error; before its first line, and for an answer in one object, that is a status 500."""

    text: str = errors.DIED
    lines: int = 1
    """After so many."""

    async def spoil(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, connection: Connection) -> None:
        if self.lines == 0:
            await Status(500, self.text).spoil(app, scope, receive, send, connection)
        else:
            await super().spoil(app, scope, receive, send, connection)

    async def message(self, message: Message, stream: Stream) -> None:
        if message["type"] == "http.response.start" and JSON_UTF8.encode() in dict(message["headers"]).values():
            await Reply(stream.send).error(ApiError(500, self.text))
            await never()
        if message.get("body") and stream.lines == self.lines:
            line = go.encode({"error": self.text}) + "\n"
            await stream.send({"type": "http.response.body", "body": line.encode(), "more_body": True})
            await stream.end()
        await stream.send(message)


@dataclass(frozen=True)
class Stall(Fault):
    """Nothing comes any more, and the connection stays."""

    lines: int = 0
    """After so many; 0: not even a status line comes."""
    seconds: float | None = None
    """Then it goes on; None: never."""

    async def message(self, message: Message, stream: Stream) -> None:
        start = message["type"] == "http.response.start"
        if (start and self.lines == 0) or (message.get("body") and 0 < self.lines == stream.lines):
            await (never() if self.seconds is None else asyncio.sleep(self.seconds))
        await stream.send(message)


@dataclass(frozen=True)
class Slow(Fault):
    """Every line takes a while."""

    seconds: float

    async def message(self, message: Message, stream: Stream) -> None:
        if message.get("body"):
            await asyncio.sleep(self.seconds)
        await stream.send(message)
