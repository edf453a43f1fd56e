"""The words of a quote among the characters of a page.

A quote is the text that was extracted: lines joined, hyphens at their ends taken out, headings and tables written as
Markdown. A page has what is printed. So only letters and digits are compared, and what stands between them is not;
where the order differs as well, as in a table, the words that both have in a row.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

LEAST = 0.4
"""Of a quote's letters that have to be found where they are not all found in a row."""
_ROW = 2
"""Words in a row that are no accident."""
_GAP = 6
"""Characters between two of a quote that still belong to it: blanks, commas, a hyphen with its line end."""

Letters = list[tuple[str, int]]
"""Each with the index of the character that it is of."""


def aligned(quote: str, page: str, *, before: str = "") -> list[int | None]:
    """For each character of the quote the index of its character on the page; None where it has none.

    Where the page has the quote several times it is the one that stands as far down as `before` is long.
    """
    wanted, there = _letters(quote), _letters(page)
    pairs = _in_a_row(wanted, there, len(_letters(before))) or _by_words(wanted, there)
    indexes: list[int | None] = [None] * len(quote)
    for at, found in pairs:
        indexes[wanted[at][1]] = there[found][1]
    return indexes


def share(indexes: Sequence[int | None], quote: str) -> float:
    """How much of the quote was found, 0 to 1."""
    counted = {index for _, index in _letters(quote)}
    return sum(indexes[index] is not None for index in counted) / len(counted) if counted else 0.0


def spans(indexes: Iterable[int | None]) -> list[tuple[int, int]]:
    """The same as stretches of the page, begin and end; small gaps are bridged."""
    found = sorted({index for index in indexes if index is not None})
    stretches: list[tuple[int, int]] = []
    for index in found:
        if stretches and index - stretches[-1][1] < _GAP:
            stretches[-1] = (stretches[-1][0], index + 1)
        else:
            stretches.append((index, index + 1))
    return stretches


def _letters(text: str) -> Letters:
    """Letters and digits, without case, accents and ligatures."""
    return [
        (letter, index)
        for index, sign in enumerate(text)
        for letter in unicodedata.normalize("NFKD", sign).casefold()
        if letter.isalnum()
    ]


def _in_a_row(wanted: Letters, there: Letters, expected: int) -> list[tuple[int, int]]:
    """The quote as a whole, at the nearest place to the expected one."""
    needle, page = ("".join(letter for letter, _ in each) for each in (wanted, there))
    places, at = [], -1
    while needle and (at := page.find(needle, at + 1)) >= 0:
        places.append(at)
    if not places:
        return []
    begin = min(places, key=lambda place: abs(place - expected))
    return [(at, begin + at) for at in range(len(needle))]


def _by_words(wanted: Letters, there: Letters) -> list[tuple[int, int]]:
    """The words that both have in a row; none if they are too few to be the quote."""
    ours, theirs = _words(wanted), _words(there)
    matcher = SequenceMatcher(None, [word for word, _ in ours], [word for word, _ in theirs], autojunk=False)
    pairs = [
        (ours[left + word][1] + letter, theirs[right + word][1] + letter)
        for left, right, length in matcher.get_matching_blocks()
        if length >= min(_ROW, len(ours))
        for word in range(length)
        for letter in range(len(ours[left + word][0]))
    ]
    return pairs if len(pairs) >= LEAST * len(wanted) else []


def _words(letters: Letters) -> list[tuple[str, int]]:
    """Words, each with the place of its first letter among all letters."""
    words: list[tuple[str, int]] = []
    for at, (letter, index) in enumerate(letters):
        if words and index <= letters[at - 1][1] + 1:
            words[-1] = words[-1][0] + letter, words[-1][1]
        else:
            words.append((letter, at))
    return words
