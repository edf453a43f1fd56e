r"""Rich Text, read from its first control word to its last.

Knows what the control words mean for the text: which story it belongs to, in which character set it is, how its
paragraphs and rows end, and what of it is not printed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from ingest.readers.office.blocks import Block, tidy
from ingest.readers.office.story import Edge, Story
from ingest.readers.office.symbols import symbol
from ingest.readers.rtf.tables import Font, Style, codec_of, read_fonts, read_styles
from ingest.readers.rtf.tokens import Token, Tokens
from phi_assistant.errors import LoadError

_SKIPPED = frozenset(
    "colortbl pict object nonshppict shprslt sp fldinst author operator keywords comment doccomm subject company "
    "category manager vern creatim revtim printim buptim hlinkbase filetbl listtable listoverridetable revtbl rsidtbl "
    "xe tc tcn rxe bkmkstart bkmkend pnseclvl ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn themedata datastore "
    "latentstyles private template userprops xmlnstbl annotation atnid atnauthor".split()
)
"""Groups that say nothing to a reader."""
_MATH = frozenset(
    "moMath moMathPara mr mf mnum mden msSup msSub msSubSup msPre me msub msup mrad mdeg mnary md mfunc mfName macc "
    "mbar mm mmr meqArr mlimLow mlimUpp mlim mbox mborderBox mgroupChr mphant".split()
)
_STARRED = frozenset("footnote shpinst nesttableprops ud pntext do".split()) | _MATH
"""Of the groups that a program may skip, those that hold text."""
_STORIES = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
    **dict.fromkeys(("shptxt", "dptxbxtext"), "box"),
    **dict.fromkeys(("listtext", "pntext"), "marker"),
    "footnote": "note",
    "title": "title",
    "upr": "without Unicode",
}
"""What the group with this word is: text that does not go on where it stands."""
_SIGNS = {
    "tab": " ", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ",
    "~": "\xa0", "_": "\u2011", "zwj": "\u200d", "zwnj": "\u200c",
    "msup": "^", "msub": "_", "mden": "/",
}  # fmt: skip
_CODECS = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_DEEPEST = 5_000
_DAMAGED = "is damaged: its groups nest without end. Open it in Word, save it again, and add that."


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """What holds until the next "\\pard"."""

    style: int = 0
    outline: int | None = None
    in_table: bool = False
    nesting: int = 1
    list_level: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """What holds until the group ends."""

    story: Story
    ends: str = ""
    """As what the story ends with this group; empty where it goes on."""
    font: int | None = None
    fallback: int = 1
    """How many characters after "\\u" stand for it, for programs that know no Unicode."""
    hidden: bool = False
    nested: bool = False
    """What is said of rows and cells is said of those of an inner table."""
    paragraph: _Paragraph = _Paragraph()


class Reading:
    """One document."""

    def __init__(self, data: bytes) -> None:
        self.title = ""
        self._body, self._furniture = Story(), defaultdict[str, list[Block]](list)
        self._tokens, self._state, self._outer = Tokens(data), _State(self._body), list[_State]()
        self._codec, self._font = "cp1252", 0
        self._fonts: dict[int, Font] = {}
        self._styles: dict[int, Style] = {}
        self._bytes = bytearray()
        """Not yet decoded: characters of several bytes come in several tokens."""
        self._to_skip, self._high = 0, 0
        self._begins = self._starred = False
        self._edges = defaultdict[int, list[Edge]](list)
        """Of the row that is being read, by how deep in tables it stands."""
        self._goes_on = self._joins = False
        for token in self._tokens:
            self._take(token)
        self._flush()
        self.is_cut_short = bool(self._outer)

    def body(self) -> list[Block]:
        return self._body.closed()

    def furniture(self, kind: str) -> list[Block]:
        return self._furniture[kind]

    def _take(self, token: Token) -> None:
        if token.text:
            text = token.text[self._to_skip :]
            self._to_skip = max(self._to_skip - len(token.text), 0)
            self._bytes += text
            self._begins = False
            return
        self._flush()
        self._to_skip = 0
        if token.word == "{":
            self._open()
        elif token.word == "}":
            self._close()
        elif self._begins and token.word == "*":
            self._starred = True
        else:
            begins, self._begins = self._begins, False
            if not (begins and self._destination(token.word)):
                self._control(token.word, token.number)

    def _open(self) -> None:
        if len(self._outer) > _DEEPEST:
            raise LoadError(_DAMAGED)
        self._outer.append(self._state)
        self._state = replace(self._state, ends="")
        self._begins, self._starred = True, False

    def _close(self) -> None:
        if self._outer:
            inner, self._state = self._state, self._outer.pop()
            if inner.ends:
                self._end(inner.story, inner.ends)
        self._begins = False

    def _end(self, ended: Story, kind: str) -> None:
        """A story goes where its kind belongs."""
        if kind == "marker":
            text = tidy("".join(ended.pieces))
            self._state.story.marker = text if any(map(str.isalnum, text)) else "-" if text else ""
        elif kind == "title":
            self.title = tidy("".join(ended.pieces))
        elif kind in ("header", "footer"):
            self._furniture[kind] += ended.closed()
        elif kind == "box":
            self._state.story.after += ended.closed()
        elif kind == "note":
            self._state.story.after += [Block(block.written, note=True) for block in ended.closed()]

    def _destination(self, word: str) -> bool:
        """The first word of a group may say what the group is; whether it said all."""
        if word == "fonttbl":
            self._fonts = read_fonts(self._tokens.rest_of_group())
        elif word == "stylesheet":
            self._styles = read_styles(self._tokens.rest_of_group())
        elif word in _SKIPPED or (self._starred and word not in _STARRED):
            self._tokens.rest_of_group()
        elif word == "ud" and len(self._outer) > 1:  # what "upr" says, in Unicode
            self._state = replace(self._state, story=self._outer[-2].story)
        elif word == "nesttableprops":
            self._state = replace(self._state, nested=True)
        elif word in _STORIES:
            paragraph = _Paragraph() if word not in ("upr", "listtext") else self._state.paragraph
            kind = _STORIES[word]
            story = Story(flowing=kind in ("header", "footer"))
            self._state = replace(self._state, story=story, ends=kind, paragraph=paragraph)
        else:
            return False
        return True

    def _control(self, word: str, number: int | None) -> None:
        if word in _SIGNS:
            self._put(_SIGNS[word])
        elif word == "u":
            self._unicode((number or 0) % 0x10000)
        elif word == "ansicpg":
            self._codec = codec_of(number) or self._codec
        elif word in _CODECS:
            self._codec = _CODECS[word]
        elif word == "deff":
            self._font = number or 0
        else:
            _ = self._paragraph(word, number) or self._character(word, number) or self._cell(word, number)

    def _character(self, word: str, number: int | None) -> bool:
        if word == "f":
            self._state = replace(self._state, font=number)
        elif word == "uc":
            self._state = replace(self._state, fallback=max(number or 0, 0))
        elif word in ("v", "deleted"):
            self._state = replace(self._state, hidden=number != 0)
        elif word == "plain":
            self._state = replace(self._state, font=None, hidden=False)
        else:
            return False
        return True

    def _paragraph(self, word: str, number: int | None) -> bool:
        now = self._state.paragraph
        if word in ("par", "sect", "page", "\n", "\r"):
            self._end_paragraph(now.nesting if now.in_table or self._state.story.in_row else 0)
        elif word == "pard":
            now = _Paragraph()
        elif word == "s":
            now = replace(now, style=number or 0)
        elif word == "outlinelevel":
            now = replace(now, outline=number)
        elif word == "intbl":
            now = replace(now, in_table=True)
        elif word == "itap":
            now = replace(now, in_table=bool(number), nesting=max(number or 1, 1))
        elif word == "ilvl":
            now = replace(now, list_level=max(number or 0, 0))
        else:
            return False
        self._state = replace(self._state, paragraph=now)
        return True

    def _end_paragraph(self, level: int) -> None:
        now = self._state.paragraph
        style = self._styles.get(now.style, Style(0, lists_contents=False))
        heading = style.heading if now.outline is None else now.outline + 1 if 0 <= now.outline < 9 else 0
        self._state.story.end_paragraph(
            level=level, heading=heading, depth=now.list_level + 1, keep=not style.lists_contents
        )

    def _cell(self, word: str, number: int | None) -> bool:
        story, inner = self._state.story, self._state.nested or word.startswith("nest")
        level = self._state.paragraph.nesting if inner else 1
        if word in ("cell", "nestcell"):
            self._end_paragraph(level)
            story.end_cell(level)
        elif word in ("row", "nestrow"):
            story.end_row(level, self._edges[level])
        elif word == "trowd":
            self._edges[level] = []
        elif word == "clvmrg":
            self._goes_on = True
        elif word == "clmrg":
            self._joins = True
        elif word == "cellx":
            self._edges[level] = [*self._edges[level], Edge(number or 0, self._goes_on, self._joins)]
            self._goes_on = self._joins = False
        else:
            return False
        return True

    def _unicode(self, code: int) -> None:
        """Characters beyond U+FFFF come as two halves."""
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000:
            self._put(chr(0x10000 + ((self._high & 0x3FF) << 10) + (code & 0x3FF)))
        elif 0xF000 <= code <= 0xF0FF:
            self._put(symbol(code, self._used_font().name))
        else:
            self._put(chr(code))
        self._to_skip = self._state.fallback

    def _used_font(self) -> Font:
        number = self._font if self._state.font is None else self._state.font
        return self._fonts.get(number, Font("", ""))

    def _flush(self) -> None:
        if self._bytes:
            font, data = self._used_font(), bytes(self._bytes)
            self._bytes.clear()
            if font.is_pictures:
                self._put("".join(symbol(byte, font.name) for byte in data))
            else:
                self._put(data.decode(font.codec or self._codec, "replace"))

    def _put(self, text: str) -> None:
        if not self._state.hidden:
            self._state.story.pieces.append(_CONTROL.sub("", text))
