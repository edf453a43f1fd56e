"""What kind of thing a question asks for, and where a sentence gives one.

"When" wants a date, "how many" a number, "who" a name. By pattern: English in full, the question words of
some other languages. Knows nothing of passages or scores.
"""

from __future__ import annotations

import re

from phi_assistant.words import STOP_WORDS

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_COUNTS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|fifty"
    "|sixty|hundreds?|thousands?|millions?|billions?|half|third|quarter|dozen|several|both|twice|once|few|single|none"
)
_NAME = r"[A-Z][\w'’-]+(?:\s+(?:(?:of|de|von|van|the|la|bin)\s+)?[A-Z](?:[\w'’-]|\.(?=\w|\s+[A-Z]))*)*"

_ASKED = {  # tried in this order: "in what year" before "in what city"
    "when": r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|century|decade|period|era)\b"
    r"|\bwann\b|\bquand\b|\bcuándo\b|\bкогда\b|何时|什么时候|متى|कब",
    "number": r"\bhow\s+(?:many|much|long|old|far|tall|large|big|high|often|deep|fast|heavy|wide)\b"
    r"|\b(?:what|which)\s+(?:\w+\s+){0,2}(?:percent\w*|number|amount|population|age|ratio|fraction|proportion"
    r"|size|cost|price|temperature|length|height|area|speed|rate)\b"
    r"|\bwie ?viele?\b|\bcombien\b|\bcuánt[oa]s?\b|\bсколько\b|多少|كم|कितन",
    "who": r"\b(?:who|whom|whose)\b|\b(?:what|which)\s+(?:\w+\s+){0,2}(?:person|people|president|king|queen"
    r"|scientist|author|leader|emperor|general|player|artist|man|woman|philosopher|inventor)\b"
    r"|\bwer\b|\bqui\b|\bquién(?:es)?\b",
    "where": r"\bwhere\b|\b(?:what|which|whose)\s+(?:\w+\s+){0,2}(?:city|country|state|place|location|region"
    r"|continent|river|town|area|nation|island|county|province|street|building)\b|\bwo\b|\bdónde\b|\boù\b",
    "why": r"\bwhy\b|\bwhat\s+(?:\w+\s+){0,2}(?:reason|cause[sd]?|purpose)\b|\bwarum\b|\bpourquoi\b",
}
_GIVEN = {  # the last group of a pattern, or all of it, is what is given
    "when": rf"(?:\b\d{{1,2}}\s+)?\b(?:{_MONTHS})\b(?:\s+\d{{1,2}}\b)?(?:,?\s+\d{{4}}\b)?|\b(?:{_DAYS})\b"
    r"|\b(?:1\d{3}|20\d{2})s?\b|\b\d+(?:st|nd|rd|th)?[ -]centur(?:y|ies)\b|\b\d+ ?(?:BCE?|AD|CE)\b"
    r"|\b(?:\d+\s+)?(?:days?|weeks?|months?|years?)\b|\d{1,4}[./年-]\d{1,2}(?:[./月-]\d{1,4})?|\d{4}年",
    "number": rf"(?i:[$€£¥]?\d(?:[\d.,]*\d)?(?:\s?(?:%|percent\b))?|\b(?:{_COUNTS})\b)",
    "who": _NAME,
    "where": r"\b(?:in|at|near|from|to|of|through|across|between|into|on|around|outside|within|north|south|east"
    rf"|west)\s+(?:the\s+)?(?:[a-z]+\s)?({_NAME})",
    "why": r"(?i:\b(?:because|due to|since|so that|in order to|as a result|caus\w+|reason\w*|led to|leads? to"
    r"|therefore|thus|owing to|result\w*|to\s+(?:avoid|prevent|protect|allow|make|help|provide|keep))\b[^.;]*)",
}
ASKED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKED.items()}
GIVEN = {kind: re.compile(pattern) for kind, pattern in _GIVEN.items()}
_VERB_FOLLOWS = re.compile(r"\s+(?:was|is|were|are|had|has|and|of|\w+ed)\b")

Span = tuple[int, int]


def asked_for(question: str) -> str:
    """The kind of thing that a question wants: when, number, who, where, why; empty for anything."""
    return next((kind for kind, pattern in ASKED.items() if pattern.search(question)), "")


def given(kind: str, question: str, sentence: str) -> list[Span]:
    """Where the sentence has a thing of this kind that the question does not hold itself."""
    pattern = GIVEN.get(kind)
    if not pattern:
        return []
    known = {*_words(question), *STOP_WORDS}
    spans = [match.span(pattern.groups) for match in pattern.finditer(sentence)]
    return [
        (start, end)
        for start, end in spans
        if not known.issuperset(_words(sentence[start:end])) and not _only_opens(kind, sentence, start, end)
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _only_opens(kind: str, sentence: str, start: int, end: int) -> bool:
    """Whether a "name" is but the capital that begins a sentence: one word that no verb follows."""
    if kind != "who" or start > 2 or " " in sentence[start:end]:
        return False
    return not _VERB_FOLLOWS.match(sentence[end:])
