"""The words of the interface, in the language of whoever looks: `_("Ask")`, `ngettext("page", "pages", 3)`.

English stands in the sources; `locale/<language>/LC_MESSAGES/ui.po` holds the others. They are read when they are
needed, so that nothing has to be built. `_` is called when a page is drawn, never while a module is imported; a
text that stands in a constant is marked with `N_`, and `_` is called on it later. Values are filled in afterwards:
`_("{count} documents").format(count=3)`. In a thread without a page everything is English.

To change texts: `just words` collects them, then edit the .po files; a test finds what is missing.
"""

from __future__ import annotations

import gettext as _gettext
import io
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES = {"en": "English", "fil": "Filipino", "es": "Español", "de": "Deutsch"}
"""By code, each as its speakers call it."""

COOKIE = "phi_language"
_LOCALE = Path(__file__).with_name("locale")
_ALSO = {"tl": "fil"}
"""Codes by which browsers ask for one of ours."""


def _(text: str) -> str:
    """The text in the language of whoever looks."""
    return translations(language()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Of two texts that which goes with a number, in the language of whoever looks."""
    return translations(language()).ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text to be translated later."""
    return text


def language() -> str:
    """Of whoever looks: what was chosen, else the first that the browser asks for and we have, else English. Kept for
    the session, since every text asks for it: whoever chooses another one opens the page anew."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    if "language" not in st.session_state:
        chosen, accepted = st.context.cookies.get(COOKIE), st.context.headers.get("Accept-Language")
        st.session_state["language"] = chosen_language(chosen, accepted)
    return str(st.session_state["language"])


def chosen_language(chosen: str | None, accepted: str | None) -> str:
    """What was chosen, if we have it, else the best of what an `Accept-Language` header asks for."""
    if chosen in LANGUAGES:
        return str(chosen)
    asked = (_ALSO.get(code, code) for code in _accepted(accepted or ""))
    return next((code for code in asked if code in LANGUAGES), "en")


def _accepted(header: str) -> Iterable[str]:
    """The codes of the header, without countries, the most wanted first."""
    wanted = []
    for part in header.split(","):
        code, _sep, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), code.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    return [code for _weight, code in sorted(wanted, key=lambda pair: pair[0])]


@cache
def translations(code: str) -> _gettext.NullTranslations:
    """The catalogue of a language; English needs none."""
    file = _LOCALE / code / "LC_MESSAGES" / "ui.po"
    if not file.exists():
        return _gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with file.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=code))
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def number(value: float) -> str:
    """As it is written in the language of whoever looks: 1,500 or 1.500."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_babel())


def day(value: date | datetime) -> str:
    """A date as it is written in the language of whoever looks."""
    from babel.dates import format_date

    return format_date(value, format="medium", locale=_babel())


def size(count: int) -> str:
    """Bytes, as people read them: 2.7 GB or 2,7 GB."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            value = count / step
            return f"{number(round(value, 1) if value < 100 else round(value))}\u00a0{unit}"
    return f"{number(count)}\u00a0B"


def duration(seconds: float) -> str:
    """About how long: "2 minutes"."""
    from babel.dates import format_timedelta

    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=_babel())


def languages(codes: Iterable[str]) -> str:
    """Languages by their codes, called as whoever looks calls them, and in that order."""
    names = _babel().languages
    return ", ".join(sorted((str(names.get(code, code)) for code in codes), key=_without_accents))


def _without_accents(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()


def _babel() -> Locale:
    from babel import Locale

    return Locale.parse(language())
