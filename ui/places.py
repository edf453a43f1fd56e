"""Where somebody was on each page: whoever comes back finds it as he left it, for as long as the tab is there.

What is open on a page stands in its address, and a link to another page takes the address without that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

_PAGE, _ADDRESSES = "places page", "places addresses"


@contextmanager
def place(path: str) -> Iterator[None]:
    """Around a page while it is drawn: opens what was open when it was left, if nothing else is asked for."""
    addresses: dict[str, dict[str, list[str]]] = st.session_state.setdefault(_ADDRESSES, {})
    has_come = st.session_state.get(_PAGE) != path
    st.session_state[_PAGE] = path
    if has_come and path in addresses and not st.query_params:
        st.query_params.from_dict(addresses[path])
    try:
        yield
    finally:
        addresses[path] = {name: st.query_params.get_all(name) for name in st.query_params}
