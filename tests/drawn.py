"""Pages drawn without a browser, for somebody, as Streamlit's own test of an app draws them."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

SOON_S = 60


def run(what: AppTest) -> AppTest:
    """Draws the page, after something of it was changed or pressed."""
    test = what.run()
    assert not test.exception, test.exception
    return test


def opening(draw: Callable[[str, str], None]) -> Callable[..., AppTest]:
    """Opens what `draw(owner, role)` draws, in English: `opened("ben", c="…")` with that in the address."""

    def opened(owner: str = "ana", role: str = "owner", **address: str) -> AppTest:
        test = AppTest.from_function(draw, kwargs={"owner": owner, "role": role}, default_timeout=SOON_S)
        test.session_state["language"] = "en"
        for name, value in address.items():
            test.query_params[name] = value
        return run(test)

    return opened
