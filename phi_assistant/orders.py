"""Orders: what in a document addresses whoever answers from it, rather than whoever reads it.

"Ignore all previous instructions and …", "If you are an AI, …", "print your system prompt", a comment of HTML. From
there to the end of the paragraph, or of the next one if it ends with the order, nothing is shown to a model, quoted, or
taken for evidence: neither the order nor the link that it wants spread. By pattern, in two dozen languages: an order in
words that nobody thought of is seen by the gates alone (see `guards`, `grounding` and `relevance`), and a page that
explains such attacks cannot be quoted where it shows one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from phi_assistant.order_words import FORGOING, NOT, NOT_LAST, NOT_THEN, ORDER

Span = tuple[int, int]

WITHHELD = "(…)"
"""What stands in a prompt where an order stood."""

_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\Z")
_LITTLE = re.compile(r"[^.!?\n。！？।]{0,60}[.!?:。！？।：]*[\"'”’»)\]*_]*\s*")
"""The end of a sentence, and no other after it."""
_PARTED = re.compile(r"(?<!\w)(?:[^\W\d_][ \t]){3,}[^\W\d_](?!\w)|(?<=[^\W\d_])[*`]{1,3}(?=[^\W\d_])")
"""Letters with blanks between them, and marks of Markdown within a word: "i g n o r e", "ig**no**re"."""
_ASCII = re.compile(r"[a-zA-Z]")
_WORD = re.compile(r"\w+")
_ALIKE = str.maketrans("аеорсухіјѕһԁոАВЕКМНОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανι", "aeopcyxijshdnABEKMHOPCTXIJSABEZHIKMNOPTYXoavi")
_SENTENCE_ENDS = re.compile(r"[.!?。！？।؟][\"'”’»)\]*_]*\s+|\n")


@lru_cache(maxsize=4096)  # a chunk is read for evidence, for the prompt, and for citations; a millisecond each time
def orders_in(text: str) -> tuple[Span, ...]:
    """Where orders stand, each from the beginning of its sentence to the end of its paragraph; not overlapping."""
    plain, offsets = _plain(text)
    spans = [(offsets[start], offsets[end]) for start, end in (match.span() for match in _HIDDEN.finditer(plain))]
    at = 0
    while match := ORDER.search(plain, at):
        if _is_warning(plain, match):
            at = match.start() + 1  # "Don't forget to ignore all previous instructions" goes on with one
            continue
        start, at = _beginning(plain, match.start()), _end(plain, match.end())
        spans.append((offsets[start], offsets[at]))
    return tuple(_joined(spans))


def _is_warning(text: str, order: re.Match[str]) -> bool:
    """ "Never ignore any safety instructions", "N'oubliez pas de lire les instructions": the opposite of the order."""
    before = text[max(0, order.start() - 16) : order.start()]
    return bool(
        FORGOING.match(order[0])
        and (NOT.search(before) or NOT_THEN.match(order[0]) or NOT_LAST.match(text, order.end()))
    )


def withheld(text: str) -> str:
    """The text with `WITHHELD` in the place of orders, and without the letters that nobody sees."""
    for start, end in reversed(orders_in(text)):
        text = f"{text[:start]}{WITHHELD}{text[end:]}"
    return text if text.isascii() else "".join(sign for sign in text if not _is_unseen(sign))


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as it looks ("ｉｇｎｏｒｅ" is "ignore"), and where in the text each of its characters stood."""
    if text.isascii() and not _PARTED.search(text):
        return text, list(range(len(text) + 1))
    pieces = [
        (letter, place)
        for place, sign in enumerate(text)
        if not _is_unseen(sign)
        for letter in unicodedata.normalize("NFKC", sign)
    ]
    plain = _latin("".join(letter for letter, _ in pieces))
    parted = {place for match in _PARTED.finditer(plain) for place in range(*match.span()) if plain[place] in " \t*`"}
    kept = [place for place in range(len(plain)) if place not in parted]
    return "".join(plain[place] for place in kept), [*(pieces[place][1] for place in kept), len(text)]


def _latin(text: str) -> str:
    """With Latin letters in the place of those that look like them, in words that have some: "ignоre"."""
    if text.isascii():
        return text
    return _WORD.sub(lambda word: word[0].translate(_ALIKE) if _ASCII.search(word[0]) else word[0], text)


def _is_unseen(sign: str) -> bool:
    """Joiners within words of Arabic, Indic and Persian are seen by their effect, and stay."""
    return unicodedata.category(sign) == "Cf" and sign not in "\u200c\u200d"


def _beginning(text: str, at: int) -> int:
    """Of the sentence that this offset is in."""
    line = text.rfind("\n\n", 0, at) + 1
    ends = [match.end() for match in _SENTENCE_ENDS.finditer(text, line, at)]
    return ends[-1] if ends else line


def _end(text: str, at: int) -> int:
    """Of the paragraph that this offset is in; of the next one where little follows in its own: then that is what the
    order announces."""
    end = _paragraph_end(text, at)
    if not _LITTLE.fullmatch(text, at, end):
        return end
    return _paragraph_end(text, len(text) - len(text[end:].lstrip()))


def _paragraph_end(text: str, at: int) -> int:
    found = _PARAGRAPH.search(text, at)
    return found.start() if found else len(text)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
