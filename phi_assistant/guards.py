"""Guards: what nobody is shown, whatever a model wrote and however strict the assistant is.

Pictures, which are fetched as soon as they are shown; elements that load or run; sentences of the system prompt. And
while an answer is being written, addresses that no passage has: those of the finished one are judged by the fact gate
(see `grounding`). Knows texts; knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from phi_assistant.grounding.facts import Shown
from phi_assistant.grounding.layout import parts_of, spoken
from phi_assistant.grounding.markers import code_spans
from phi_assistant.grounding.names import addresses_in
from phi_assistant.words import Analyzer

RUN = 7
"""So many words in a row of the system prompt, which neither passages nor question have, give it away; of a shorter
sentence all of them, if they are `FEWEST`."""

FEWEST = 3

GONE = "…"
"""What stands in a stream where an address was withheld."""

_PICTURE = re.compile(r"!(?=\[)")
_ELEMENT = re.compile(
    r"</?\s*(?:a|applet|audio|base|button|embed|form|frame|iframe|img|image|input|link|math|meta|object|script|source"
    r"|style|svg|template|video)\b[^>]*(?:>|$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")


def harmless_markup(text: str) -> str:
    """The text with links where there were pictures, and without elements of HTML that load or run; code stays."""
    pieces, at = [], 0
    for start, end in [*code_spans(text), (len(text), len(text))]:
        pieces += [_ELEMENT.sub("", _PICTURE.sub("", text[at:start])), text[start:end]]
        at = end
    return "".join(pieces)


def without_secrets(text: str, system: str, known: Iterable[str]) -> str:
    """The text without the parts that repeat the system prompt, where that says something else than what is known."""
    parts = parts_of(text)
    said = [_words(spoken(text[part.start : part.end])) for part in parts]
    lengths = {min(len(words), RUN) for words in said if len(words) >= FEWEST}
    hidden, shown = _words(system), [_words(each) for each in known] if lengths else []
    secret = {
        run
        for length in lengths
        for run in set(_runs(hidden, length)).difference(*(_runs(each, length) for each in shown))
    }
    told = [
        part for part, words in zip(parts, said, strict=True) if secret.intersection(_runs(words, min(len(words), RUN)))
    ]
    if not told:
        return text
    for part in reversed(told):
        text = text[: part.start] + "\0" + text[part.end :]
    lines = (line for line in text.split("\n") if "\0" not in line or _WORD.search(line))
    return "\n".join(line.replace("\0", "").rstrip() for line in lines).strip()


class Addresses:
    """The addresses that an answer may hold: those of these texts."""

    def __init__(self, texts: Callable[[], Iterable[str]]) -> None:
        """`texts` are asked for when the first address comes."""
        self._texts = texts

    @cached_property
    def _shown(self) -> Shown:
        return Shown(self._texts(), Analyzer())  # addresses have no stems, so that its language does not matter

    def without_others(self, text: str) -> str:
        """The text with `GONE` for all others."""
        for fact in reversed([each for each in addresses_in(text) if not self._shown.holders(each)]):
            text = f"{text[: fact.start]}{GONE}{text[fact.end :]}"
        return text


class Provisional:
    """A text that is shown while it is written, a word after another, so that no half of an address is."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._word = ""

    def take(self, piece: str) -> str:
        """What may be shown now."""
        whole, self._word = _whole_words(self._word + piece)
        return self._guarded(whole)

    def rest(self) -> str:
        """What was kept back, at the end."""
        return self._guarded(self._word)

    def _guarded(self, text: str) -> str:
        return _PICTURE.sub("", self._addresses.without_others(text)) if text else ""


def _whole_words(text: str) -> tuple[str, str]:
    """Up to the last blank, and what may go on. Scripts without blanks have addresses in letters of their own."""
    blank = max((place for place, sign in enumerate(text) if sign.isspace() or ord(sign) > 0x2E80), default=-1)
    return text[: blank + 1], text[blank + 1 :]


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[first:] for first in range(length)), strict=False)
