"""Names, codes and addresses in the text of an answer, and how each may be written in a passage.

A name is a word with a capital that is not there because a sentence begins. German gives every noun one: there, two
such words in a row are a name. Knows nothing of passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from phi_assistant.grounding.values import Fact
from phi_assistant.words import STOP_WORDS

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SITE_ENDS = (
    r"com|org|net|gov|edu|mil|int|info|biz|dev|app|xyz|top|site|online|shop|store|cloud|tech|live|club|link|click|page"
    r"|example|test|invalid|localhost"
)
_WORDS_OR_FILES = (
    r"in|is|it|so|to|no|as|at|be|by|do|an|am|or|if|of|on|he|we|my|us|me|up|go|py|js|md|sh|rs|ts|cs|mo|la|de"
)
URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\b(?:javascript|data|mailto|file|tel):)[^\s<>\"'`)\]}]+"
    rf"|(?<![\w@.])(?:[^\W_][\w-]*\.)+(?-i:(?:{_SITE_ENDS}|de)\b|(?!(?:{_WORDS_OR_FILES})\b)[a-z]{{2}}\b)"
    r"(?:/[^\s<>\"'`)\]}]*)?",
    re.IGNORECASE,
)
QUOTED_CODE = re.compile(r"(?<!`)`([^`\s](?:[^`\n]*[^`\s])?)`(?!`)")
_CODE = re.compile(r"(?<![\w.])#?(?=[\w./-]*\d)[A-Za-z0-9]+(?:[-./_][A-Za-z0-9]+)*(?![^\W_])")
_NO_CODE = re.compile(
    r"#?\d+(?:[.,/-]\d+)?"  # a number, a fraction, a range
    r"|\d+(?:[.,]\d+)*-?(?:st|nd|rd|th|s|x|[a-z]{1,5}|[KMGT]B|[kK]?[WVAN]|[kKM])"  # "3rd", "1990s", "5kg", "10GB"
    r"|\d+(?:[.,]\d+)*(?:-(?:[a-z]+|\d+))+"  # "30-day", "18-to-49-year-olds"
    r"|[a-z]{3,}-\d+s?"  # "mid-1990s"
    r"|\d+(?:[./-]\d+)?-\d+(?:[./-]\d+)?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
)
_LETTER = re.compile(r"(?<![\w.'’-])[B-HJ-Z](?![\w'’&-]|\.\s?\w|\s[A-Z]\b)")
_LABEL = re.compile(r"\*\*(?:[A-Z][^\s*:]*[ /&-]*|(?:of|the|and|for|or|in|to|a)\s+){2,}(?::\*\*|\*\*\s*:)")
_CAPITAL = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*")
_GAP = re.compile(r"\s+|[-‑/&]|\.\s?")
_OPENS = re.compile(r"(?:^|[.!?:;]|[-–—*•>|(\[\"“‘«„¿¡]|\d[.)])[\s*_\"“‘«„(]*$")
_VERB = re.compile(
    r"(?:['’]s)?\s+(?:was|is|were|are|has|had|have|will|would|can|could|may|must|became|did|does|took|won|wrote|led"
    r"|left|made|gave|held|ist|war|hat|es|fue|era|ha|[a-z]{2,}ed)\b|['’]s\s"
)
_COMMON_END = re.compile(r"(?:ing|[ts]ions?|ments?|ness|ity|ities|[ae]nces?|ships?|isms?|ages?|als?|ly|[^s]s|ees?)$")
_NO_NAMES = frozenset(
    """i ii iii iv vi vii viii ix mr mrs ms dr prof sir ok okay yes no note important warning tip tips step steps
    example answer question source sources document documents passage passages context faq pdf url id usd eur gbp php
    chf jpy am pm ad bc bce ce phone telephone tel fax email mail website address hours location contact
    summary overview""".split()
)
_STOPS = frozenset([*STOP_WORDS, *"not never every without upon although though since unless whether yet".split()])


def addresses_in(text: str) -> list[Fact]:
    """E-mail addresses and URLs."""
    mails = [Fact("email", match[0], *match.span()) for match in EMAIL.finditer(text)]
    urls = [(match[0].rstrip(".,;:!?*_"), match.start()) for match in URL.finditer(text)]
    free = [
        (url, start)
        for url, start in urls
        if not any(mail.start < start + len(url) and start < mail.end for mail in mails)
    ]
    return mails + [Fact("url", url, start, start + len(url)) for url, start in free]


def codes_in(text: str) -> list[Fact]:
    """What mixes letters and digits, versions, single letters ("vitamin C"), and what stands between backticks."""
    quoted = [_code(match[1], match.start(1)) for match in QUOTED_CODE.finditer(text)]
    mixed = [match for match in _CODE.finditer(text) if not _NO_CODE.fullmatch(match[0])]
    letters = [match for match in _LETTER.finditer(text) if match.start() and text[match.start() - 1] == " "]
    found = [_code(match[0], match.start()) for match in [*mixed, *letters]]
    return quoted + [each for each in found if not any(one.start <= each.start < one.end for one in quoted)]


def _code(text: str, start: int) -> Fact:
    """Its series is its unit: that of "E3" is "e", in which "E1" is another."""
    plain = re.sub(r"[\s_‑–-]", "", text.lower())
    series = "".join(sign for sign in plain if not sign.isdigit()) if len(plain) > 1 else "letter"
    return Fact("code", text, start, start + len(text), frozenset([("c", plain)]), series)


def names_in(text: str, language: str) -> list[Fact]:
    """The words of names, one by one; a name of two words is two facts, for each must stand."""
    label = _LABEL.match(text)
    return [
        Fact("name", word[0], *word.span())
        for run in _runs(text)
        for place, word in enumerate(run)
        if _is_name(text, run, place, language)
        and not (label and word.end() <= label.end())
        and not _is_introduced(text, word)
    ]


def _is_introduced(text: str, word: re.Match[str]) -> bool:
    """Whether this is a short form in brackets of the words before it: "polycystic ovarian syndrome (PCOS)"."""
    before = text[: word.start()]
    if not (word[0].isupper() and before.endswith("(") and text[word.end() : word.end() + 1] == ")"):
        return False
    spelled = "".join(before.split()[-2 * len(word[0]) :]).lower()
    return re.search(".*".join(map(re.escape, word[0].lower())), spelled) is not None


def squeezed(url: str) -> str:
    """A URL as it is compared: without its scheme, "www." and the slash at its end."""
    return re.sub(r"^(?:[a-z]+://)?(?:www\.)?", "", url.lower()).rstrip("/.,;:!?")


def code_pattern(code: str) -> re.Pattern[str]:
    """A code however it is written: "Phi-3.5" is "Phi 3.5" and "phi3.5"."""
    if re.search(r"\s", code) or not re.search(r"[^\W_]", code):
        return re.compile(r"\s+".join(map(re.escape, code.split())), re.IGNORECASE)
    if len(code) == 1:
        return re.compile(rf"(?<![^\W_]){re.escape(code)}(?![^\W_])")
    pieces = re.findall(r"[^\W\d_]+|\d+|[^\w]+|_+", code)
    pattern = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if not re.match(r"[^\W_]", piece):
            inner = bool(pattern) and piece in ("-", " ", "_", "‑", "–")
            pattern += r"[\s_‑–-]?" if inner else re.escape(piece)
        else:
            touching = bool(before) and re.match(r"[^\W_]", before)
            pattern += (r"[\s_‑–-]?" if touching else "") + re.escape(piece)
    return re.compile(rf"(?<![^\W_])(?<!\d[.,]){pattern}(?:['’]?s)?(?![^\W_])(?![.,-]\d)", re.IGNORECASE)


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Words with a capital, those that follow one another together."""
    run: list[re.Match[str]] = []
    for word in _CAPITAL.finditer(text):
        if not any(letter.isupper() for letter in word[0]):
            continue
        if run and not _GAP.fullmatch(text[run[-1].end() : word.start()]):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _is_name(text: str, run: list[re.Match[str]], place: int, language: str) -> bool:
    word = run[place]
    bare = re.sub(r"['’]s?$", "", word[0])
    low = bare.lower()
    if low in _NO_NAMES or len(bare) < 2:
        return False
    if any(letter.isupper() for letter in bare[1:]):
        return True  # "NASA", "iPhone", "McCoy"
    begins = bool(_OPENS.search(text[: word.start()]))
    if low in _STOPS:
        return False
    if language == "de":
        inside = run[1:] if _OPENS.search(text[: run[0].start()]) else run
        return len(inside) > 1 and word in inside
    if not begins:
        return True
    return bool(_VERB.match(text[run[-1].end() :])) and (len(run) > 1 or not _COMMON_END.search(low))
