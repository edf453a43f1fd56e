"""Written documents made by hand: the parts that matter, in the least that their readers take."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate, pairwise

from ingest.readers.extraction import Extraction
from ingest.readers.options import DEFAULTS
from phi_assistant.errors import LoadError

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in zip(
        "office text table draw style".split(), "office text table drawing style".split(), strict=True
    )
)


def package(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def docx(body: str, *, strict: bool = False, prologue: str = "", **parts: str) -> bytes:
    """The parts are what stands in each: `header`, `footnotes`, `styles` …"""
    namespaces = (
        f'xmlns:w="{_STRICT if strict else _WORD}" xmlns:r="{_OFFICE}/relationships" xmlns:m="{_OFFICE}/math" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    )
    relations = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/relationships/{name}" Target="{name}.xml"/>' for name in parts
    )
    start = f'<Relationship Id="a" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>'
    wrap = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    return package(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": wrap.format(start),
            "word/_rels/document.xml.rels": wrap.format(relations),
            "word/document.xml": f"{prologue}<w:document {namespaces}><w:body>{body}</w:body></w:document>",
            **{f"word/{name}.xml": f"<w:{name} {namespaces}>{part}</w:{name}>" for name, part in parts.items()},
        }
    )


def odt(body: str, *, styles: str = "", furniture: str = "", **members: str) -> bytes:
    """`styles` of the text itself, `furniture` as a master page holds it."""
    automatic = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    text = f"<office:body><office:text>{body}</office:text></office:body>"
    master = f"<office:master-styles><style:master-page>{furniture}</style:master-page></office:master-styles>"
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_ODF}>{automatic}{text}</office:document-content>",
            "styles.xml": f"<office:document-styles {_ODF}>{master}</office:document-styles>",
            **{name.replace("__", "/") + ".xml": content for name, content in members.items()},
        }
    )


def epub(chapters: Mapping[str, str], *, more: str = "", spine: str = "", **members: str) -> bytes:
    """Chapters by name, each the inside of a body; `more` in the manifest, and members whose "__" is a slash."""
    items = "".join(f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in chapters)
    order = spine or "".join(f'<itemref idref="{name}"/>' for name in chapters)
    html = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">{}</html>'
    return package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfile full-path="book/package.opf"/></container>',
            "book/package.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book'
            f"</dc:title></metadata><manifest>{items}{more}</manifest><spine>{order}</spine></package>",
            **{f"book/{name}.xhtml": html.format(f"<body>{text}</body>") for name, text in chapters.items()},
            **{name.replace("__", "/"): html.format(content) for name, content in members.items()},
        }
    )


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file, as old Office documents and messages of Outlook are; "/" in a name divides folders.

    Sectors of 512 bytes and a table that chains them. What is short shares a stream, in sectors of 64 bytes.
    """
    tree: list[_Entry] = [_Entry("Root Entry", 5)]
    short, long, chain = b"", list[tuple[_Entry, bytes]](), list[int]()
    for path, data in streams.items():
        folder = 0
        *folders, name = path.split("/")
        for each in folders:
            folder = _folder(tree, folder, each)
        entry = _Entry(name, 2, size=len(data))
        _add(tree, folder, entry)
        if len(data) >= 4096:
            long.append((entry, data))
        elif data:
            entry.first = len(chain)
            chain += _chained(len(chain), -(-len(data) // 64))
            short += data.ljust(-(-len(data) // 64) * 64, b"\0")
    tree[0].size = len(short)
    table = struct.pack(f"<{len(chain)}I", *chain)
    sizes = [128 * len(tree), len(table), len(short), *(len(data) for _, data in long)]
    counts = [-(-size // 512) for size in sizes]
    own = next(own for own in range(1, 110) if 128 * own >= own + sum(counts))
    starts = [*accumulate(counts, initial=own)]
    for entry, start in zip([tree[0], *(entry for entry, _ in long)], starts[2:], strict=False):
        entry.first = start
    sectors = [0xFFFFFFFD] * own + [
        each for at, count in zip(starts, counts, strict=False) for each in _chained(at, count)
    ]
    parts = [b"".join(entry.packed() for entry in tree), table, short, *(data for _, data in long)]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6, 0, own, starts[0], 0, 4096,
        starts[1] if table else 0xFFFFFFFE, counts[1], 0xFFFFFFFE, 0,
    )  # fmt: skip
    header += struct.pack(f"<{own}I", *range(own))
    fat = struct.pack(f"<{len(sectors)}I", *sectors).ljust(512 * own, b"\xff")
    return header.ljust(512, b"\xff") + fat + b"".join(part.ljust(-(-len(part) // 512) * 512, b"\0") for part in parts)


@dataclass
class _Entry:
    """Of the directory; those of one folder hang on its first, each on the one before it."""

    name: str
    kind: int
    first: int = 0xFFFFFFFE
    size: int = 0
    child: int = 0xFFFFFFFF
    right: int = 0xFFFFFFFF

    def packed(self) -> bytes:
        coded = (self.name + "\0").encode("utf-16-le")
        ends = struct.pack(
            "<HBBIII36xIQ", len(coded), self.kind, 1, 0xFFFFFFFF, self.right, self.child, self.first, self.size
        )
        return coded.ljust(64, b"\0") + ends


def _inside(tree: Sequence[_Entry], folder: int) -> Iterator[int]:
    at = tree[folder].child
    while at != 0xFFFFFFFF:
        yield at
        at = tree[at].right


def _folder(tree: list[_Entry], parent: int, name: str) -> int:
    found = next((at for at in _inside(tree, parent) if tree[at].name == name), None)
    return _add(tree, parent, _Entry(name, 1)) if found is None else found


def _add(tree: list[_Entry], folder: int, entry: _Entry) -> int:
    *_, last = (None, *_inside(tree, folder))
    tree.append(entry)
    if last is None:
        tree[folder].child = len(tree) - 1
    else:
        tree[last].right = len(tree) - 1
    return len(tree) - 1


def _chained(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), 0xFFFFFFFE] if count else []


def damaged(whole: bytes, *, seed: int = 7, count: int = 40) -> Iterator[bytes]:
    """The file cut short here, and with some of its bytes altered there."""
    chance = random.Random(seed)
    for _ in range(count):
        yield whole[: chance.randrange(len(whole))]
        altered = bytearray(whole)
        for _ in range(chance.choice((1, 5, 50))):
            altered[chance.randrange(len(whole))] = chance.randrange(256)
        yield bytes(altered)


def survives(read: Callable[..., Extraction], whole: bytes) -> None:
    """Whatever happens to the file, it is read or refused in our own words."""
    for data in damaged(whole):
        with suppress(LoadError):
            assert read(data, stem="a", options=DEFAULTS).pages


Paragraph = tuple[str, int, bytes]
"""Its text with the mark that ends it, its style, and its own properties."""


def old_word(
    body: Iterable[Paragraph],
    *,
    note: str = "",
    header: str = "",
    footer: str = "",
    characters: tuple[int, int, bytes] | None = None,
) -> dict[str, bytes]:
    """The streams of a Word 97 document; style 1 is "heading 1", and a note belongs to the first U+0002."""
    body = list(body)
    text = "".join(paragraph[0] for paragraph in body)
    stories = [""] * 6 + ["", header, "", footer, "", ""]
    furniture = "".join(stories) if header or footer else ""
    main = f"{text}{note}{furniture}"
    wide = not main.isascii() or "\x02" in main
    coded = main.encode("utf-16-le") if wide else main.encode("cp1252")
    width = 2 if wide else 1

    def units(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    first = 2048
    marks = [*accumulate((units(part[0]) for part in body), initial=0)]
    rest = [(units(text), units(main), 0, b"")] if note or furniture else []
    stretches = [(*ends, *part[1:]) for ends, part in zip(pairwise(marks), body, strict=True)] + rest
    paragraphs = _page(
        [(first + width * start, first + width * stop) for start, stop, _, _ in stretches],
        [_papx(style, changes) for _, _, style, changes in stretches],
        13,
    )
    table, pairs = bytearray(), {}

    def add(index: int, part: bytes) -> None:
        pairs[index] = (len(table), len(part))
        table.extend(part)

    add(1, struct.pack("<HHH14x", 18, 2, 10) + _style(0, "Normal") + _style(1, "heading 1"))
    piece = struct.pack("<HIH", 0, first if wide else 0x40000000 | 2 * first, 0)
    add(33, struct.pack("<BIII", 2, 16, 0, units(main)) + piece)
    add(13, struct.pack("<III", 0, 0xFFFFFFFF, 2))
    if characters:
        start, stop, changes = characters
        add(12, struct.pack("<III", 0, 0xFFFFFFFF, 3))
        runs = _page([(first + width * start, first + width * stop)], [bytes([len(changes)]) + changes], 1)
    else:
        runs = b""
    if note:
        add(2, struct.pack("<IIH", text.index("\x02"), units(text), 1))
        add(3, struct.pack("<II", 0, units(note)))
    if furniture:
        add(11, struct.pack("<13I", *accumulate(map(units, stories), initial=0)))
    header_block = struct.pack("<HH6xH", 0xA5EC, 0xC1, 0x200).ljust(76, b"\0")
    header_block += struct.pack("<3i", units(text), units(note), units(furniture))
    header_block = header_block.ljust(154, b"\0")
    header_block += b"".join(struct.pack("<II", *pairs.get(index, (0, 0))) for index in range(93))
    document = header_block.ljust(1024, b"\0") + paragraphs + runs.ljust(512, b"\0") + coded
    return {"WordDocument": document, "1Table": bytes(table)}


def _page(stretches: Sequence[tuple[int, int]], properties: Sequence[bytes], size: int) -> bytes:
    """512 bytes: where each stretch begins, where its properties stand, and these from the end."""
    offsets = [start for start, _ in stretches] + [stretches[-1][1]]
    head, tail, end = struct.pack(f"<{len(offsets)}I", *offsets), b"", 510
    for each in properties:
        end -= len(each) + len(each) % 2
        head += bytes([end // 2]).ljust(size, b"\0")
        tail = each.ljust(len(each) + len(each) % 2, b"\0") + tail
    return head.ljust(end, b"\0") + tail + b"\0" + bytes([len(stretches)])


def _papx(style: int, changes: bytes) -> bytes:
    changes += b"\0" * ((len(changes) + 1) % 2)  # an odd number of bytes follows the style and the size
    return bytes([(len(changes) + 3) // 2]) + struct.pack("<H", style) + changes


def _style(kind: int, name: str) -> bytes:
    parent = 0xFFF if kind == 0 else 0
    coded = name.encode("utf-16-le")
    style = struct.pack("<HHHHH", kind, parent << 4 | 1, 0, 0, 0) + struct.pack("<H", len(name)) + coded + b"\0\0"
    return struct.pack("<H", len(style)) + style
