"""Citations: answers whose every sentence comes from a known passage, as a model might have written it.

Sentences of several passages are mixed, joined in pairs, worded a little differently, and given wrong markers by a
script; what they are cited with is compared with where they came from.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.grounding_facts import Given
from phi_assistant.extractive import is_heading
from phi_assistant.grounding import Grounded
from phi_assistant.grounding.markers import without_markers
from phi_assistant.schema import Citation, Passage
from phi_assistant.sentences import split_sentences

_LENGTHS = (50, 300)
_REWORDED = (
    (r"\bmust\b", "have to"),
    (r"\bcannot\b", "are not able to"),
    (r"\bcan\b(?!['’])", "may"),
    (r"\bhowever\b,? ?", ""),
    (r"\b(?:also|generally|usually|typically|currently) ", ""),
    (r"\bin order to\b", "to"),
    (r"\bsuch as\b", "like"),
    (r"\bbecause\b", "since"),
    (r"\bapproximately\b", "about"),
    (r"\brequires?\b", "needs"),
    (r"\bobtain\b", "get"),
    (r"\bpurchase\b", "buy"),
    (r"\bassistance\b", "help"),
    (r"\bwithin\b", "in"),
    (r"\bbegan\b", "started"),
    (r"\blarge\b", "big"),
    (r" \([^()]{3,60}\)", ""),
)


@dataclass(frozen=True)
class Origin:
    """Where a part of an answer came from."""

    number: int
    source: str
    start: int
    end: int

    def overlaps(self, citation: Citation) -> bool:
        return citation.source == self.source and citation.start < self.end and self.start < citation.end


@dataclass(frozen=True)
class Mixed:
    """An answer made of sentences of its passages."""

    text: str
    sentences: tuple[tuple[str, tuple[Origin, ...]], ...]
    """Each as it reads without markers, and where it came from."""


def mixed(given: Given, rng: random.Random) -> Mixed | None:
    """Three to five sentences of these passages; None where they have not as many."""
    texts = [" ".join(passage.text.split()) for passage in given.passages]
    found = [sentence for passage in given.passages for sentence in _sentences(passage)]
    pool = [sentence for sentence in found if sum(text.count(sentence[0]) for text in texts) == 1]
    if len(pool) < 5:
        return None
    chosen = rng.sample(pool, rng.randint(3, 5))
    pairs: list[tuple[str, tuple[Origin, ...]]] = [(_reworded(text, rng), (origin,)) for text, origin in chosen]
    if rng.random() < 0.5:
        (one, its), (other, others) = pairs[:2]
        pairs[:2] = [(f"{one.rstrip('.')}, and {other[0].lower()}{other[1:]}", its + others)]
    numbers = [passage.number for passage in given.passages]
    marked = [text + _wrong_marker(numbers, rng) for text, _ in pairs]
    return Mixed(" ".join(marked), tuple((without_markers(text), origins) for text, origins in pairs))


@dataclass(frozen=True)
class Counts:
    """What was cited, what should have been, and what of both agrees."""

    cited: int
    due: int
    right: int
    """Markers of a passage that the sentence came from."""
    quoted: int
    exact: int
    """Quotes that overlap the very sentence."""


def counted(answer: Mixed, grounded: Grounded) -> Counts:
    """By sentence; of a statement that is only a part of one, what that part came from is not known and all counts."""
    cited = due = right = quoted = exact = 0
    for text, origins in answer.sentences:
        own = [each for each in grounded.statements if each.text in text or text in each.text]
        citations = [citation for each in own for citation in each.citations]
        numbers, wanted = {citation.number for citation in citations}, {origin.number for origin in origins}
        cited, due, right = cited + len(numbers), due + len(wanted), right + len(numbers & wanted)
        quoted += len(citations)
        exact += sum(any(origin.overlaps(citation) for origin in origins) for citation in citations)
    return Counts(cited, due, right, quoted, exact)


def _sentences(passage: Passage) -> list[tuple[str, Origin]]:
    found = []
    for chunk in passage.chunks:
        for start, end in split_sentences(chunk.text):
            text = " ".join(chunk.text[start:end].split())
            plain = not is_heading(text) and text[0].isupper() and text.endswith(".") and not re.search(r"[|\[]", text)
            if plain and _LENGTHS[0] <= len(text) <= _LENGTHS[1]:
                found.append((text, Origin(passage.number, chunk.source, chunk.start + start, chunk.start + end)))
    return found


def _reworded(text: str, rng: random.Random) -> str:
    """Other words for some, and now and then what stood after the first comma before it."""
    for pattern, other in _REWORDED:
        text = re.sub(pattern, other, text)
    first, comma, rest = text.rstrip(".").partition(", ")
    if comma and rng.random() < 0.3 and re.match(r"(?:If|When|After|Before|In|On|By|For)\b", first):
        text = f"{rest[0].upper()}{rest[1:]}, {first[0].lower()}{first[1:]}."
    return text[0].upper() + text[1:]


def _wrong_marker(numbers: Sequence[int], rng: random.Random) -> str:
    return rng.choice(["", f" [{rng.choice(numbers)}]", f" [{max(numbers) + rng.randint(1, 5)}]"])
