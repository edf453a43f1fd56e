"""The forms as they look: plain HTML in the language of the browser, light or dark as the browser is."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ui.words import COOKIE, LANGUAGES, N_, chosen_language, translations

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE = Path(__file__).with_name("form.html")

_TEXTS = {
    "sign in": N_("Sign in"),
    "sign out": N_("Sign out"),
    "password": N_("Password"),
    "wrong": N_("That is not the password."),
    "wait": N_("Too many wrong passwords. Try again in {seconds} seconds."),
    "leave": N_("Sign out on this browser?"),
    "lost": N_(
        "The conversations of this browser can then not be opened any more, so that whoever uses it next does not "
        "read them. Export those that you want to keep first."
    ),
    "keep": N_("Only I use this browser: keep its conversations until I sign in again"),
    "back": N_("Back"),
}


def sign_in_form(request: Request, *, base: str, wrong: bool = False, wait: float = 0.0) -> HTMLResponse:
    """The form for the password; `wait` is how many seconds the next try has to."""
    seconds = math.ceil(wait)
    headers = {"Retry-After": str(seconds)} if seconds else {}
    status = 429 if seconds else 403 if wrong else 200
    return _page(request, "in", base, status, headers, wrong=wrong, seconds=seconds)


def sign_out_form(request: Request, *, base: str) -> HTMLResponse:
    """The question whether to sign out."""
    return _page(request, "out", base, 200, {})


def _page(
    request: Request, kind: str, base: str, status: int, headers: dict[str, str], **facts: object
) -> HTMLResponse:
    language = chosen_language(request.cookies.get(COOKIE), request.headers.get("accept-language"))
    translated = translations(language)
    here = request.url.path.removeprefix(base) + (f"?{request.url.query}" if request.url.query else "")
    text = _template().render(
        kind=kind,
        base=base,
        here=here,
        language=language,
        languages=LANGUAGES,
        words={name: translated.gettext(text) for name, text in _TEXTS.items()},
        **facts,
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store", **headers})


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True).from_string(_TEMPLATE.read_text("utf-8"))
