"""The doors: signing in with a password, signing out, and the switch of the language, as plain forms.

They need no script and no websocket, and each answers with a cookie. Only what was sent from here is heeded.
"""

from __future__ import annotations

import asyncio
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ui.access import Access
from ui.cookies import BROWSER, BROWSER_S, SIGNED_IN, SIGNED_IN_S
from ui.gate.forms import sign_in_form, sign_out_form
from ui.gate.guard import SIGN_IN, set_cookie
from ui.tries import Tries
from ui.words import COOKIE, LANGUAGES

SIGN_OUT = "/sign-out"
_PAUSE_S = 0.4
"""What a wrong password takes at least, whoever tries it."""
_LONGEST = 1024
"""Characters of a password that are looked at."""


def doors(access: Access, *, base: str = "") -> list[Route]:
    """The routes; those for passwords only where there is one."""
    routes = [Route("/language/{code}", partial(_language, base=base))]
    if access.kind == "password":
        tries = Tries()
        routes += [
            Route(SIGN_IN, partial(_sign_in, access=access, tries=tries, base=base), methods=["GET", "POST"]),
            Route(SIGN_OUT, partial(_sign_out, access=access, base=base), methods=["GET", "POST"]),
        ]
    return [Route(base + each.path, each.endpoint, methods=each.methods) for each in routes]


async def _language(request: Request, *, base: str) -> Response:
    """Keeps the language, and goes back to where the switch was pressed."""
    code = request.path_params["code"]
    if code not in LANGUAGES:
        return PlainTextResponse("There is no such language.", 404)
    response = _to(request.query_params.get("next"), base)
    set_cookie(response.headers, request, COOKIE, code, BROWSER_S)
    return response


async def _sign_in(request: Request, *, access: Access, tries: Tries, base: str) -> Response:
    back = request.query_params.get("next")
    if request.method == "GET":
        return sign_in_form(request, base=base)
    if not _is_from_here(request):
        return PlainTextResponse("This form was not sent from here.", 403)
    client = request.client.host if request.client else ""
    if wait := tries.wait(client):
        return sign_in_form(request, base=base, wait=wait)
    async with request.form(max_files=0, max_fields=4) as form:
        role = access.role_by_password(str(form.get("password") or "")[:_LONGEST])
    if role is None:
        tries.wrong(client)
        await asyncio.sleep(_PAUSE_S)
        return sign_in_form(request, base=base, wrong=True, wait=tries.wait(client))
    tries.right(client)
    response = _to(back, base)
    cookie = access.cookies.signed_in(access.passwords[role], role)
    set_cookie(response.headers, request, SIGNED_IN, cookie, SIGNED_IN_S)
    return response


async def _sign_out(request: Request, *, access: Access, base: str) -> Response:
    """Forgets that somebody signed in; and which browser it is, so that whoever sits down here next reads nothing,
    unless nobody else does."""
    if request.method == "GET":
        return sign_out_form(request, base=base)
    if not _is_from_here(request):
        return PlainTextResponse("This form was not sent from here.", 403)
    async with request.form(max_files=0, max_fields=4) as form:
        is_kept = form.get("keep") == "yes"
    response = RedirectResponse(base + SIGN_IN, 303)
    response.delete_cookie(SIGNED_IN, httponly=True, samesite="lax")
    if not is_kept:
        set_cookie(response.headers, request, BROWSER, access.cookies.new_browser(), BROWSER_S)
    return response


def _to(path: str | None, base: str) -> RedirectResponse:
    """To a page of ours, and never to another site's."""
    parts = urlsplit(path or "/")
    is_ours = path and path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    return RedirectResponse(base + (path if is_ours and path else "/"), 303)


def _is_from_here(request: Request) -> bool:
    """Whether a form was sent by a page of ours; a browser says so, and what is no browser needs no protection."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
