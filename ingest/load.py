"""Loading: from a file to its text, its pages and its title.

Knows which reader fits which kind of file, and reads the files inside of files; knows nothing of chunks and
stores. A new format is a line in `READERS`, and in `kinds` how its files begin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import cast

from ingest.kinds import ENDINGS, Kind, ending, kind_of
from ingest.readers.extraction import Extraction
from ingest.readers.office.decryption import decrypted
from ingest.readers.options import DEFAULTS, Options
from phi_assistant.errors import LoadError, NoText

__all__ = ["CONTAINERS", "ENDINGS", "READERS", "Extraction", "load_bytes", "reader_of"]

READERS: dict[Kind, str] = {
    "text": "ingest.readers.text.plain:read_text",
    "markdown": "ingest.readers.text.plain:read_markdown",
    "rst": "ingest.readers.markup.rst:read_rst",
    "csv": "ingest.readers.text.delimited:read_csv",
    "html": "ingest.readers.markup.html:read_html",
    "xml": "ingest.readers.markup.xml:read_xml",
    "captions": "ingest.readers.text.captions:read_captions",
    "mail": "ingest.readers.mail.message:read_mail",
    "outlook": "ingest.readers.mail.outlook:read_msg",
    "rtf": "ingest.readers.rtf.document:read_rtf",
    "pdf": "ingest.readers.pdf.document:read_pdf",
    "docx": "ingest.readers.word.docx:read_docx",
    "doc": "ingest.readers.word.doc:read_doc",
    "pptx": "ingest.readers.slides.deck:read_pptx",
    "ppt": "ingest.readers.slides.deck:read_ppt",
    "odp": "ingest.readers.slides.deck:read_odp",
    "xlsx": "ingest.readers.sheets.spreadsheet:read_xlsx",
    "xls": "ingest.readers.sheets.spreadsheet:read_xls",
    "ods": "ingest.readers.sheets.spreadsheet:read_ods",
    "odt": "ingest.readers.opendocument.odt:read_odt",
    "epub": "ingest.readers.markup.epub:read_epub",
    "image": "ingest.readers.pdf.image:read_image",
    "archive": "ingest.readers.archive:read_archive",
}
"""Each as module:function, imported when the first file of its kind comes: some stand on heavy packages."""

CONTAINERS: frozenset[Kind] = frozenset(("mail", "outlook", "pdf", "archive"))
"""Kinds that hold other files; their readers are given `inner`, which reads these."""

_DEEPEST = 3
"""Files within files within a file; below, nobody looks."""


def load_bytes(data: bytes, *, name: str, options: Options = DEFAULTS) -> Extraction:
    """Raises `LoadError` or one of its kinds, whose message says why, without the name."""
    return _Loading(options, left=options.unpacked).read(name, data)


def reader_of(kind: Kind) -> Callable[..., Extraction]:
    module, _, function = READERS[kind].partition(":")
    return cast(Callable[..., Extraction], getattr(import_module(module), function))


@dataclass(slots=True)
class _Loading:
    """A file with all that is in it, which share what may be unpacked."""

    options: Options
    left: int
    """Bytes."""

    def read(self, name: str, data: bytes, *, depth: int = 0) -> Extraction:
        if not data:
            raise NoText("is empty.")
        data = decrypted(data, self.options)
        kind = kind_of(data, ending(name))
        read = partial(reader_of(kind), data, stem=_stem(name), options=replace(self.options, unpacked=self.left))
        return read(inner=partial(self._inner, depth=depth + 1)) if kind in CONTAINERS else read()

    def _inner(self, name: str, data: bytes, *, depth: int) -> Extraction:
        if depth > _DEEPEST:
            raise LoadError("lies too deep, in files within files. Unpack it, and add it by itself.")
        self.left -= len(data)
        if self.left < 0:
            raise LoadError("is not read: together with the files beside it, it unpacks to too much.")
        return self.read(name, data, depth=depth)


def _stem(name: str) -> str:
    name = name.rpartition("/")[2]  # in archives there are folders before it
    return name.removesuffix(suffix) if (suffix := ending(name)) else name
