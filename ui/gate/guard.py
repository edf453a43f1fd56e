"""The guard: whoever has not signed in sees the form and nothing else; not a file, not an upload, not the websocket.

Gives each browser its cookie. Where nobody has to sign in, answers to this machine's own names only, so that no page
elsewhere can have a browser look in under a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ui.access import Access, is_loopback, open_to_all
from ui.cookies import BROWSER, BROWSER_S, SIGNED_IN
from ui.gate.headers import told_to_browsers

SIGN_IN = "/sign-in"
FREE = (SIGN_IN, "/language/", "/_stcore/health", "/favicon.png")
"""What can be had without signing in; the health check is for containers."""


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, access: Access, base: str = "") -> None:
        """`base` is the path under which the front end is, such as "/ask"."""
        self._app, self._access, self._base = app, access, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(HTTPConnection(scope))
        if refusal is None:
            await self._app(scope, receive, self._marking(scope, send))
        elif scope["type"] == "websocket":
            await WebSocketClose(1008)(scope, receive, send)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        """What is answered instead; None where the request may pass."""
        if self._access.kind == "open":
            return _of_strangers(asked, published=self._access.published)
        path = asked.url.path.removeprefix(self._base)
        if self._access.kind == "oidc" or any(path == free or _is_under(path, free) for free in FREE):
            return None
        if self._access.role_of(asked.cookies.get(SIGNED_IN)):
            return None
        if "text/html" not in asked.headers.get("accept", ""):
            return PlainTextResponse("Sign in first.", 401)
        back = path + (f"?{asked.url.query}" if asked.url.query else "")
        return RedirectResponse(f"{self._base}{SIGN_IN}?next={quote(back, safe='')}", 303)

    def _marking(self, scope: Scope, send: Send) -> Send:
        """Sends on, with the headers that browsers heed, and a cookie for one that has none of ours."""
        asked = HTTPConnection(scope)
        known = self._access.cookies.browser(asked.cookies.get(BROWSER))
        # By what is asked for: a page that the browser has already comes without a type.
        is_page = "text/html" in asked.headers.get("accept", "")

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(told_to_browsers(page=is_page))
                if is_page and known is None and not _sets(message["headers"], BROWSER):
                    set_cookie(headers, asked, BROWSER, self._access.cookies.new_browser(), BROWSER_S)
            await send(message)

        return marked


def set_cookie(headers: MutableHeaders, asked: HTTPConnection, name: str, value: str, seconds: int) -> None:
    """Adds a cookie that no script can read and no other site can send along, but for links that lead here."""
    response = Response()
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=asked.url.scheme in ("https", "wss")
    )
    headers.append("set-cookie", response.headers["set-cookie"])


def _of_strangers(asked: HTTPConnection, *, published: bool) -> Response | None:
    """Where nobody signs in: a refusal unless it came over loopback, and under a name of this machine. Over which way
    it came cannot be seen where a container's port is published."""
    address, port = asked.scope.get("server") or ("", None)
    if port is not None and not published and not is_loopback(address):  # a socket of the file system has no port
        return PlainTextResponse(open_to_all(str(address)), 403)
    if not is_loopback(_host(asked.headers)):
        return PlainTextResponse(
            "This front end asks nobody to sign in, and so answers to 127.0.0.1 and localhost only. To reach it under "
            "another name, set a password: PHI_ASSISTANT_PASSWORD.",
            403,
        )
    return None


def _host(headers: Headers) -> str:
    """Without its port: "[::1]:8501" is "[::1]"."""
    host = headers.get("host", "")
    return host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_under(path: str, free: str) -> bool:
    return free.endswith("/") and path.startswith(free)


def _sets(headers: Iterable[tuple[bytes, bytes]], name: str) -> bool:
    return any(key.lower() == b"set-cookie" and value.startswith(name.encode()) for key, value in headers)
