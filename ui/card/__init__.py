"""The card: an answer as people see it, finished or still being written, drawn in the browser.

Texts arrive as data and become text nodes, never markup (see `card.js`); `ui/answers.py` makes the data. Copying and
reading aloud are done in the browser and tell nobody. Knows no answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from ui.words import _, language

_HERE = Path(__file__).parent
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a reader wants to see in its place."""

    kind: Literal["cited", "consulted"]
    at: int
    """Which of the sources, or of those that were looked at, from 0."""


def card(data: Json, *, key: str, on_open: Callable[[Pressed], None] | None = None) -> None:
    """Draws a card. `on_open` is told, before the page is drawn anew, which passage somebody wants to see."""

    def opened() -> None:
        pressed = _pressed(st.session_state[key].get("opened"))
        if pressed and on_open:
            on_open(pressed)

    _component()(key=key, data={**data, "page": language(), "labels": _labels()}, on_opened_change=opened)


def _pressed(told: Any) -> Pressed | None:
    """What a browser says, looked at: it may say anything."""
    if not isinstance(told, dict) or told.get("kind") not in ("cited", "consulted"):
        return None
    at = told.get("at")
    return Pressed(told["kind"], at) if isinstance(at, int) and at >= 0 else None


@cache
def _component() -> Any:
    css, js = (_HERE.joinpath(name).read_text("utf-8") for name in ("card.css", "card.js"))
    return st.components.v2.component("phi_card", css=css, js=js)


def _labels() -> dict[str, str]:
    return {
        "answer": _("Answer"),
        "source": _("Source {number}: {place}. Show it in its page."),
        "doubtful": _("not supported by the documents"),
        "sources": _("Sources"),
        "figures": _("How it was made"),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "read": _("Read aloud"),
        "quiet": _("Stop reading"),
    }
