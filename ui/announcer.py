"""The announcer: says what happens on a page to those who do not see it, as a screen reader says it."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

_CSS = """
p {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
"""
_JS = """
export default function ({ parentElement, data }) {
  let line = parentElement.querySelector("p");
  if (!line) {
    line = document.createElement("p");
    line.setAttribute("role", "status");
    parentElement.append(line);
  }
  if (line.textContent !== data.text) line.textContent = data.text;
}
"""


def announce(text: str) -> None:
    """Has it said, if it is not what was said last; once on a page, and always in the same place."""
    _component()(key="announcer", data={"text": text})


@cache
def _component() -> Any:
    return st.components.v2.component("phi_announcer", css=_CSS, js=_JS)
