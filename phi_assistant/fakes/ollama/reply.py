"""Answers on the wire: one object, a line of text, or a stream of lines; framed as Go's HTTP server does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.types import Send

from phi_assistant.fakes.ollama import go
from phi_assistant.fakes.ollama.errors import ApiError

JSON = "application/json"
JSON_UTF8 = "application/json; charset=utf-8"
NDJSON = "application/x-ndjson"
BUFFER = 2048
"""Larger bodies go in chunks, for Go does not know their length when it begins to send them."""

Headers = list[tuple[bytes, bytes]]


class Reply:
    """The answer to one request."""

    def __init__(self, send: Send, headers: Headers | None = None) -> None:
        self._send, self._headers = send, headers or []

    async def object(self, value: Any, status: int = 200, *, kind: str = JSON_UTF8, end: str = "") -> None:
        await self.body((go.encode(value) + end).encode(), status, kind=kind)

    async def error(self, error: ApiError) -> None:
        await self.object({"error": error.text}, error.status)

    async def body(self, body: bytes, status: int = 200, *, kind: str | None = None) -> None:
        """With its length, if it is small."""
        await self._start(status, kind, length=len(body) if len(body) <= BUFFER else None)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def lines(self, chunks: AsyncIterator[dict[str, Any]]) -> None:
        """One line each. An error before the first one is an answer of its own; later it is the last line."""
        begun = False
        try:
            async for chunk in chunks:
                if not begun:
                    await self._start(200, NDJSON)
                begun = True
                await self._line(chunk)
        except ApiError as exc:
            if not begun:
                await self._start(exc.status, JSON)
                await self._more(go.encode({"error": exc.text}))
            else:
                await self._line({"error": exc.text})
        else:
            if not begun:
                await self._start(200, NDJSON)
        await self._more("", last=True)

    async def events(self, chunks: AsyncIterator[dict[str, Any]], *, error: Callable[[ApiError], Any]) -> None:
        """Server-sent events, as OpenAI streams them."""
        begun = False
        try:
            async for chunk in chunks:
                if not begun:
                    await self._start(200, "text/event-stream")
                begun = True
                await self._more(f"data: {go.encode(chunk)}\n\n")
        except ApiError as exc:
            if not begun:
                await self.object(error(exc), exc.status, kind=JSON, end="\n")
                return
            await self._more(f"data: {go.encode(error(exc))}\n\n")
        await self._more("data: [DONE]\n\n")
        await self._more("", last=True)

    async def _line(self, chunk: dict[str, Any]) -> None:
        await self._more(go.encode(chunk) + "\n")

    async def _more(self, text: str, *, last: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": not last})

    async def _start(self, status: int, kind: str | None, *, length: int | None = None) -> None:
        headers = list(self._headers)
        if kind is not None:
            headers.append((b"content-type", kind.encode()))
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
