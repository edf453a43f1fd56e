"""Number formats of spreadsheets: from a stored number to what a person sees in the cell.

Knows Excel's codes ("#,##0.00 €", "0.0%", "yyyy-mm-dd", "[h]:mm"). Dates come out the same way whatever their
code, as 2024-05-01: what "05/01/24" means depends on the country. Month names are English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from ingest.readers.office.dates import is_date, shown_date

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0;-$#,##0", 6: "$#,##0;-$#,##0",
    7: "$#,##0.00;-$#,##0.00", 8: "$#,##0.00;-$#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0",
    49: "@",
} | dict.fromkeys((*range(27, 32), *range(50, 59), 36), "yyyy-mm-dd")  # fmt: skip
"""The codes that files refer to by number; those of 27 to 58 are East Asian dates."""

_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;])+|(?<=;)(?=;)|(?<=;)\Z|\A(?=;)')
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|(General|Standard)|([0#?.,/]+(?:[Ee][+-][0#?]+)?)|(.)'
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A section of a code, taken apart: literal text, and what stands for digits."""

    pieces: tuple[tuple[str, bool], ...]
    """Each with whether it stands for digits."""
    percents: int


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """What the cell shows. A code that makes no sense is passed over."""
    section, signed = _section(value, code or "General")
    if not section.strip():
        return "" if code.strip() else general(value)
    if is_date(section):
        return shown_date(value, section, since_1904=since_1904) or general(value)
    return _number(value if signed else abs(value), section).strip()


def general(value: float) -> str:
    """A number without a format: 3 and not 3.0, 0.3 and not 0.30000000000000004."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if abs(value) < 1e-4 or abs(value) >= 1e15:
        return f"{value:.10g}".upper()
    return f"{float(f'{value:.15g}'):.10f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1000)
def _sections(code: str) -> tuple[str, ...]:
    return tuple(_SECTION.findall(code))


def _section(value: float, code: str) -> tuple[str, bool]:
    """The section of a code for this number, and whether a minus is still to be written."""
    sections = _sections(code) or ("General",)
    for section in sections:
        if condition := _CONDITION.search(section):
            if _holds(value, condition[1], condition[2]):
                return section, True
        elif any(map(_CONDITION.search, sections)):
            return section, True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    return sections[2 if value == 0 and len(sections) > 2 else 0], True


def _holds(value: float, sign: str, bound: str) -> bool:
    try:
        limit = float(bound)
    except ValueError:
        return False
    return (
        (value < limit and "<" in sign)
        or (value > limit and ">" in sign)
        or (value == limit and sign in ("=", "<=", ">="))
    )


@lru_cache(maxsize=1000)
def _pattern(section: str) -> _Pattern:
    pieces = []
    for match in _TOKEN.finditer(section):
        quoted, escaped, currency, word, digits, other = match.groups()
        literal = next((text for text in (quoted, escaped, currency, other) if text is not None), None)
        if digits is not None and re.search("[0#?]", digits):
            pieces.append((digits, True))
        elif word or other == "@":
            pieces.append(("", True))
        elif literal is not None or digits is not None or match[0][0] == "_":
            pieces.append((literal if literal is not None else digits or " ", False))
    return _Pattern(tuple(pieces), percents=sum(text == "%" for text, stands in pieces if not stands))


def _number(value: float, section: str) -> str:
    pattern = _pattern(section)
    places = [text for text, stands in pattern.pieces if stands]
    value *= 100**pattern.percents
    minus = "-" if value < 0 else ""
    if len(places) > 1 and "/" not in "".join(places):
        digits = _filled(value, pattern)
        return minus + digits if digits.strip(" 0.,-") else digits
    written, out = False, []
    for text, stands in pattern.pieces:
        if not stands:
            out.append(text)
        elif not written:
            written = True
            out.append(_digits(abs(value), " ".join(places).strip()))
    text = "".join(out)
    return minus + text if re.search("[1-9]", text) else text


def _digits(value: float, places: str) -> str:
    if not places:
        return general(value)
    if "/" in places:
        return _fraction(value, places)
    if "E" in places.upper():
        return _scientific(value, places)
    whole, _, decimals = places.partition(".")
    try:
        exact = Decimal(f"{value:.15g}")
        for _ in range(len(places) - len(places.rstrip(","))):
            exact /= 1000
        decimals = decimals.rstrip(",")
        rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    except InvalidOperation:
        return general(value)
    before, _, after = f"{rounded:f}".partition(".")
    for place in reversed(decimals):
        if place == "0" or not after.endswith("0"):
            break
        after = after[:-1]
    before = before.lstrip("0").rjust(whole.count("0"), "0")
    if re.search(r"[0#?],[0#?]", whole):
        before = f"{int(before or 0):0{len(before) + (len(before) - 1) // 3},}" if before else ""
    return f"{before}.{after}" if after else before


def _scientific(value: float, places: str) -> str:
    mantissa, _, power = re.split("([Ee])", places, maxsplit=1)
    written, exponent = f"{value:.{len(mantissa.partition('.')[2])}E}".split("E")
    sign = "-" if exponent.startswith("-") else "+" if power.startswith("+") else ""
    return f"{written}E{sign}{abs(int(exponent)):0{len(power) - 1}d}"


def _fraction(value: float, places: str) -> str:
    below = places.partition("/")[2].strip()
    whole = int(value) if re.match(r"[0#?]+ ", places) else 0
    rest = Fraction(value - whole).limit_denominator(10 ** min(max(len(below), 1), 4) - 1)
    if rest == 1:
        whole, rest = whole + 1, Fraction(0)
    part = f"{rest.numerator}/{rest.denominator}" if rest else ""
    return " ".join(piece for piece in (str(whole) if whole else "", part) if piece) or "0"


def _filled(value: float, pattern: _Pattern) -> str:
    """Digits with other characters among them, as in "000-0000": put in from the right."""
    digits = list(f"{abs(value):.0f}")
    out: list[str] = []
    places = sum(len(text) for text, stands in pattern.pieces if stands)
    for text, stands in reversed(pattern.pieces):
        for place in reversed(text):
            if not stands:
                out.append(place)
                continue
            places -= 1
            if places == 0:
                out.extend(reversed("".join(digits) or ("0" if place == "0" else "")))
            elif digits or place == "0":
                out.append(digits.pop() if digits else "0")
    return "".join(reversed(out))
