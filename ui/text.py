"""Foreign text, made harmless: what came from documents, file names, people or models is shown, never read as markup.

Three ways out, by where it goes: `html` for `st.html`, which is the one for whatever is longer than a line;
`plain` for labels and all that Streamlit reads as Markdown; `st.text` for neither.
"""

from __future__ import annotations

import html as _html
import re
import unicodedata

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&:^=\"'@/])")
_JOINER = "\u2060"
"""Nothing to see, and no break: between a colon and what would make it an emoji's name or a directive."""
_DIRECTIVE = re.compile(r":(?=[\w+\-\[{])")
_LINK = re.compile(r"\b(https?(?=://)|www(?=\.))|(?<=[\w.+-])()(?=@)", re.IGNORECASE)
"""What Markdown takes for an address by itself, escaped or not: it is broken where it begins, or before its @."""
_SHOWN_CONTROLS = {"\n", "\t"}


def html(text: str) -> str:
    """For the inside of an element or of a quoted attribute of HTML."""
    return _html.escape(_printable(text), quote=True)


def plain(text: str) -> str:
    """For a label, in one line: what Markdown, LaTeX, emoji names and Streamlit's directives would read is escaped."""
    line = _LINK.sub(rf"\1{_JOINER}", " ".join(_printable(text).split()))
    return _MARKDOWN.sub(r"\\\1", _DIRECTIVE.sub(f":{_JOINER}", line))


def _printable(text: str) -> str:
    """Without control characters, and without those that turn the direction of what follows."""
    return "".join(sign for sign in text if sign in _SHOWN_CONTROLS or not _is_control(sign))


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs") or unicodedata.bidirectional(sign) in _TURNING


_TURNING = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
