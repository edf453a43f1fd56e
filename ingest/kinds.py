"""Kinds of files: what these bytes are, by what they hold and not by their name alone.

Knows the first bytes of each kind, what is inside of ZIP and OLE files, and which endings people use; reads
no text. Among texts the ending decides, for a page of Markdown and one of plain text may begin alike.
"""

from __future__ import annotations

import mimetypes
import re
import zipfile
from io import BytesIO
from typing import Literal

import olefile

from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError, UnknownFormat

__all__ = ["ENDINGS", "Kind", "ending", "kind_of"]

Kind = Literal[
    "text", "markdown", "rst", "csv", "html", "xml", "captions", "mail", "rtf", "pdf", "docx", "doc", "pptx", "ppt",
    "xlsx", "xls", "odt", "ods", "odp", "epub", "outlook", "image", "archive",
]  # fmt: skip

_ENDINGS: dict[Kind, str] = {
    "text": ".txt .text .log",
    "markdown": ".md .markdown .mdown .mkd",
    "rst": ".rst .rest",
    "csv": ".csv .tsv .tab",
    "html": ".html .htm .xhtml .xht .shtml",
    "xml": ".xml .nxml .cnxml .dbk .docbook .tei .dita .svg",
    "captions": ".vtt .srt",
    "mail": ".eml .mht .mhtml",
    "rtf": ".rtf",
    "pdf": ".pdf",
    "docx": ".docx .docm .dotx .dotm",
    "doc": ".doc .dot",
    "pptx": ".pptx .pptm .ppsx .ppsm .potx .potm",
    "ppt": ".ppt .pps .pot",
    "xlsx": ".xlsx .xlsm .xltx .xltm",
    "xls": ".xls .xlt",
    "odt": ".odt .ott",
    "ods": ".ods .ots",
    "odp": ".odp .otp",
    "epub": ".epub",
    "outlook": ".msg",
    "image": ".png .jpg .jpeg .jpe .tif .tiff .gif .bmp .webp",
    "archive": ".zip",
}
ENDINGS: dict[str, Kind] = {suffix: kind for kind, suffixes in _ENDINGS.items() for suffix in suffixes.split()}
"""The endings of the files that can be read, in lower case, and the kind that each promises."""

_PACKED: tuple[Kind, ...] = ("docx", "pptx", "xlsx", "odt", "ods", "odp", "epub", "archive")
_IN_OLE: tuple[Kind, ...] = ("doc", "xls", "ppt", "outlook")
_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
)
_PICTURE = re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}|RIFF.{4}WEBP", re.DOTALL)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04")
_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("__properties_version1.0", "outlook"),  # first: what is attached to a message is stored within it
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
_OFFICE: tuple[tuple[str, Kind], ...] = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_MIMETYPES: tuple[tuple[str, Kind], ...] = (
    ("application/epub+zip", "epub"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
)
_BLANK = rb"(?:\s|<!--.*?-->|<\?.*?\?>)*"
_MARKUP: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(_BLANK + rb"<(?:!doctype\s+)?html[\s>]", re.DOTALL | re.IGNORECASE), "html"),
    (re.compile(rb"<\?xml\s|" + _BLANK + rb"<!DOCTYPE\s+[A-Za-z]", re.DOTALL), "xml"),
    (re.compile(rb"WEBVTT\b"), "captions"),
    (re.compile(rb"{\\rtf"), "rtf"),
    (re.compile(rb"(?:(?:[ \t]+|[!-9;-~]+:)[^\n]*\n)*?(?:MIME-Version|Received|Message-ID|From):", re.I), "mail"),
)
_OVERRULED: dict[Kind, tuple[Kind, ...]] = {
    "text": ("html", "captions"),
    "markdown": (),
    "rst": (),
    "csv": ("html", "captions"),
    "captions": ("html",),
    "mail": ("html", "rtf"),
    "xml": ("html", "rtf"),
    "html": ("mail", "rtf"),  # browsers save a page with its pictures as a message
}
"""By which beginnings a text's ending is: a page of Markdown may begin with a tag, and is none the less one."""
_NO_PROSE = (".css", ".js")
"""Texts for browsers only, which come with saved web pages."""
_SAMPLE = 4096
"""Bytes that tell what a text is."""


def ending(name: str) -> str:
    """Of a file's name, in lower case: ".pdf"; none for "README" and for "Minutes 3.5 of May"."""
    found = re.search(r"(?<=.)\.[A-Za-z][A-Za-z0-9_-]{0,11}$", name.strip())
    return found[0].lower() if found else ""


def kind_of(data: bytes, suffix: str) -> Kind:
    """Raises `UnknownFormat` for what cannot be read, `LoadError` for what is not what its ending says."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if _PICTURE.match(data):
        return "image"
    if data.startswith(_ZIP):
        return _zip_kind(data, suffix)
    if data.startswith(_OLE):
        return _ole_kind(data, suffix)
    if suffix == ".pdf" and b"%PDF-" in data[:1024]:
        return "pdf"
    return _text_kind(data, suffix)


def _zip_kind(data: bytes, suffix: str) -> Kind:
    """A cut-off archive has lost its directory: then the ending is believed, and the reader reports it."""
    promised = ENDINGS.get(suffix)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            inside = _inside(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError):
        return promised if promised in _PACKED else "archive"
    if inside or promised == "archive" or not suffix:
        return inside or "archive"
    if promised in _PACKED:
        raise LoadError(f"is not what its ending says: it is a ZIP archive, but not a {suffix} file. Save it again.")
    if promised is None:
        raise _unknown(suffix)
    return "archive"


def _inside(archive: zipfile.ZipFile) -> Kind | None:
    names = archive.namelist()
    if "mimetype" in names and not archive.getinfo("mimetype").flag_bits & 1:
        with archive.open("mimetype") as member:
            declared = member.read(100).decode("ascii", "replace").strip()
        if kind := next((kind for mime, kind in _MIMETYPES if declared.startswith(mime)), None):
            return kind
    if "META-INF/container.xml" in names:
        return "epub"
    if "[Content_Types].xml" in names:
        return next((kind for folder, kind in _OFFICE if any(name.startswith(folder) for name in names)), None)
    return None


def _ole_kind(data: bytes, suffix: str) -> Kind:
    promised = ENDINGS.get(suffix)
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            kind = next((kind for stream, kind in _STREAMS if file.exists(stream)), None)
    except Exception as exc:  # olefile raises whatever damaged data leads it into
        if promised in _IN_OLE:
            return promised
        raise LoadError("is damaged: it is an Office file that is cut short or altered. Save it again.") from exc
    if kind:
        return kind
    if promised in _IN_OLE:
        return promised
    raise UnknownFormat("is of an older program whose files cannot be read. Save it as .docx or .pdf.")


def _text_kind(data: bytes, suffix: str) -> Kind:
    promised, begins = ENDINGS.get(suffix), _begins(data)
    if promised in _OVERRULED:
        return begins if begins in _OVERRULED[promised] else promised
    if begins:
        return begins
    if promised == "xls" and _is_delimited(data):
        return "csv"
    if promised:
        raise LoadError(f"is not what its ending says: it does not begin as a {suffix} file does. Save it again.")
    if suffix in _NO_PROSE or not _is_text(data):
        raise _unknown(suffix)
    return "text"


def _begins(data: bytes) -> Kind | None:
    """As which kind of text the file begins, in whatever character set: none but UTF-16 and UTF-32 has zeros."""
    sample = data[:_SAMPLE].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    return next((kind for pattern, kind in _MARKUP if pattern.match(sample)), None)


def _is_text(data: bytes) -> bool:
    try:
        decode(data[:_SAMPLE].rpartition(b"\n")[0] or data[:_SAMPLE])
    except LoadError:
        return False
    return True


def _is_delimited(data: bytes) -> bool:
    """Whether its first lines hold the same number of values: programs of the web call such files .xls."""
    lines = data[:_SAMPLE].replace(b"\0", b"").splitlines()[:-1][:5] or data[:_SAMPLE].splitlines()
    return any(len({line.count(mark) for line in lines}) == 1 and mark in lines[0] for mark in (b"\t", b";", b","))


def _unknown(suffix: str) -> UnknownFormat:
    medium = (mimetypes.guess_type(f"a{suffix}")[0] or "").partition("/")[0]
    if medium in ("video", "audio"):
        return UnknownFormat(
            f"is a recording ({suffix}), which cannot be read. Add its transcript or captions instead."
        )
    return UnknownFormat(
        f"is of a kind that cannot be read ({suffix or 'binary data, and no ending'}). "
        f"Readable are {', '.join(sorted(suffixes.split()[0] for suffixes in _ENDINGS.values()))} and their like; "
        "save it as one of these."
    )
