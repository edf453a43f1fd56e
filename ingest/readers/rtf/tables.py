"""The two tables at the head of Rich Text: fonts with their character sets, and styles.

Knows which Python codec fits which Windows character set; knows nothing of the text.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from ingest.readers.office.blocks import lists_contents, named_level
from ingest.readers.rtf.tokens import Tokens

_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 78: "shift_jis", 79: "cp949", 80: "gb2312", 81: "big5", 128: "cp932", 129: "cp949",
    130: "johab", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_SYMBOLS = 2
_BY_DEFAULT = 1


@dataclass(frozen=True, slots=True)
class Font:
    name: str
    codec: str
    """Empty where the document's own fits."""
    is_pictures: bool = False
    """Its letters are signs, as those of Symbol and Wingdings are."""


@dataclass(frozen=True, slots=True)
class Style:
    heading: int
    """The level, from 1; 0 for none."""
    lists_contents: bool


def codec_of(page: int | None) -> str:
    """The codec of a Windows code page; empty where Python has none."""
    for name in (f"cp{page}", {10000: "mac_roman", 10001: "shift_jis", 65001: "utf-8", 936: "gbk"}.get(page or 0, "")):
        try:
            return codecs.lookup(name).name
        except LookupError:
            continue
    return ""


def read_fonts(table: bytes) -> dict[int, Font]:
    """By number. Where none names a character set of its own, the document's fits all of them."""
    fonts: dict[int, Font] = {}
    number, charset, codec, name, depth = 0, _BY_DEFAULT, "", b"", 0
    for token in Tokens(table):
        depth += (token.word == "{") - (token.word == "}")
        if token.word == "f":
            number, charset, codec, name = token.number or 0, _BY_DEFAULT, "", b""
        elif token.word == "fcharset":
            charset = token.number or 0
        elif token.word == "cpg":
            codec = codec_of(token.number)
        elif token.text and depth < 2:  # deeper stand other names for it
            name += token.text
            if name.endswith(b";"):
                plain = name.strip(b"; ").decode("latin-1")
                fonts[number] = Font(plain, codec or _CHARSETS.get(charset, ""), charset == _SYMBOLS)
    western = all(font.codec in ("", "cp1252") for font in fonts.values())
    return {each: Font(font.name, "", font.is_pictures) if western else font for each, font in fonts.items()}


def read_styles(sheet: bytes) -> dict[int, Style]:
    """The paragraph styles by number."""
    found: dict[int, tuple[str, int | None, int]] = {}
    number, outline, parent, name, depth = 0, None, -1, b"", 0
    for token in Tokens(sheet):
        depth += (token.word == "{") - (token.word == "}")
        if token.word == "{" and depth == 1:
            number, outline, parent, name = 0, None, -1, b""
        elif token.word in ("s", "cs", "ds", "ts"):
            number = token.number or 0 if token.word == "s" else -1
        elif token.word == "outlinelevel":
            outline = token.number
        elif token.word == "sbasedon":
            parent = token.number or 0
        elif token.text and depth < 2:
            name += token.text
        elif token.word == "}" and depth == 0 and number >= 0:
            found[number] = (name.partition(b";")[0].decode("latin-1").strip(), outline, parent)
    return {each: _style(each, found) for each in found}


def _style(number: int, found: dict[int, tuple[str, int | None, int]]) -> Style:
    """With what it inherits."""
    for _ in range(20):
        if number not in found:
            break
        name, outline, number = found[number]
        if lists_contents(name):
            return Style(0, lists_contents=True)
        level = named_level(name) or (outline + 1 if outline is not None and 0 <= outline < 9 else 0)
        if level or outline is not None:
            return Style(level, lists_contents=False)
    return Style(0, lists_contents=False)
