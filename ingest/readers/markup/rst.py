"""reStructuredText, as docutils reads it: headings, lists, tables, code and notes as Markdown.

Knows how docutils is kept from opening other files, the network and the console; `rst_directives` knows what it
does not, `rst_blocks` what its tree means.
"""

from __future__ import annotations

import re

from docutils import nodes
from docutils.core import publish_doctree

from ingest.readers.extraction import Extraction, Problem, extraction, first_heading
from ingest.readers.markup.rst_blocks import Blocks
from ingest.readers.markup.rst_directives import made_known
from ingest.readers.office.blocks import markdown
from ingest.readers.options import Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import NoText

__all__ = ["read_rst"]

_CHARSET = re.compile(rb"\A(?:[^\n]*\n)?[^\n]*coding[=:]\s*([-\w.]+)")
_UNREADABLE = Problem("the markup", "cannot be understood: the file is read as plain text.")


def read_rst(data: bytes, *, stem: str, options: Options) -> Extraction:
    declared = _CHARSET.match(data[:500])
    text = decode(data, declared=declared[1].decode() if declared else None)
    try:
        document = _parsed(text)
        written = markdown(Blocks(document).all())
    except Exception:  # docutils meets damaged markup with errors of every kind, RecursionError among them
        return extraction([(text, "")], titles=(), stem=stem, problems=[_UNREADABLE])
    if not written:
        raise NoText("holds nothing that is printed.")
    return extraction([(written, "")], titles=(document.get("title"), first_heading(written)), stem=stem)


def _parsed(text: str) -> nodes.document:
    made_known(text)
    return publish_doctree(
        text,
        settings_overrides={
            "_disable_config": True,
            "doctitle_xform": False,
            "docinfo_xform": False,
            "file_insertion_enabled": False,
            "raw_enabled": False,
            "input_encoding": "unicode",
            "line_length_limit": len(text) + 1,
            "report_level": 5,
            "halt_level": 5,
            "syntax_highlight": "none",
            "traceback": True,  # without it, docutils writes to the console and ends the process
            "warning_stream": False,
        },
    )
