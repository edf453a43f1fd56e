"""The client: what the browser is to do that Streamlit leaves undone.

    client.focus_on("question")    brings up what has this key, once the page is drawn, with the cursor in its field
    client.went()                  something else is shown now: on a phone the sidebar, which hides it, closes
    client.tell(path)              says it to the browser; at the end of each page

What Streamlit itself says is English alone; the browser puts our words in its place (see `client.js`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from ui.client.sayings import sayings

_HERE = Path(__file__).parent
When = Literal["always", "with a keyboard", "if lost"]
"""The second spares a phone the keyboard on its screen; the last does that too, and takes the focus from nothing."""

_FOCUS, _WENT = "client focus", "client went"


def focus_on(key: str, when: When = "always") -> None:
    """Has the field with this key take the focus, or what has this key where it holds none; scrolls there."""
    count = st.session_state.get(_FOCUS, {}).get("count", 0) + 1
    st.session_state[_FOCUS] = {"key": key, "when": when, "count": count}


def went() -> None:
    """Something else is shown now, though the page is the same."""
    st.session_state[_WENT] = st.session_state.get(_WENT, 0) + 1


def tell(path: str) -> None:
    """Says it to the browser; `path` is the page that is shown."""
    data = {
        "place": f"{path} {st.session_state.get(_WENT, 0)}",
        "focus": st.session_state.get(_FOCUS),
        "sayings": sayings(),
    }
    _component()(key="client", data=data)


@cache
def _component() -> Any:
    return st.components.v2.component("phi_client", js=_HERE.joinpath("client.js").read_text("utf-8"))
