"""The tongue: Streamlit's one page says that it is English, which screen readers believe; here it says what it is.

The page is the same for all addresses and a few kilobytes, so it is read whole and its first lines are written anew.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.words import COOKIE, chosen_language

_AS_IT_COMES = (b'<html lang="en">', b"<title>Streamlit</title>")


class Tongue:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope) if scope["type"] == "http" else None
        if asked is None or "text/html" not in asked.headers.get("accept", ""):
            await self._app(scope, receive, send)
            return
        language = chosen_language(asked.cookies.get(COOKIE), asked.headers.get("accept-language"))
        await self._app(_asking_for_all(scope), receive, _Speaking(send, language))


class _Speaking:
    """Holds a page back until it is whole, and sends it in its language."""

    def __init__(self, send: Send, language: str) -> None:
        self._send, self._language = send, language
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._tell(self._start)

    async def _tell(self, start: Message) -> None:
        page, title = _AS_IT_COMES
        body = self._body.replace(page, f'<html lang="{self._language}">'.encode(), 1)
        body = body.replace(title, b"<title>Phi Assistant</title>", 1)
        headers = MutableHeaders(scope=start)
        for name in ("etag", "last-modified", "accept-ranges"):
            del headers[name]  # of the file, which is the same in all languages
        headers["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


def _asking_for_all(scope: Scope) -> Scope:
    """The request without what would have it answered in part, compressed, or not at all."""
    unwanted = (b"if-none-match", b"if-modified-since", b"range", b"accept-encoding")
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() not in unwanted]}
