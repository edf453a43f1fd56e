r"""Rich Text (.rtf): headings, lists, tables, notes, text boxes, headers and footers, as Markdown.

Knows what control words mean. Not kreuzberg 4.10, which reads Japanese as Western and knows no styles; nor
striprtf, which leaves neither tables nor headings. Pictures, comments and deleted text are not read.
"""

from __future__ import annotations

from ingest.readers.extraction import ONLY_PICTURES, Extraction, Problem, extraction, first_heading
from ingest.readers.office.blocks import markdown, once
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.rtf.reading import Reading
from phi_assistant.errors import LoadError, NoText

_DAMAGED = "is damaged: it does not begin as Rich Text does. Open it in Word, save it again, and add that."
_CUT = Problem("the end", "is missing: the file is cut short.")


def read_rtf(data: bytes, *, stem: str, options: Options = DEFAULTS) -> Extraction:
    begin = data[:100].find(b"{\\rtf")
    if begin < 0:
        raise LoadError(_DAMAGED)
    reading = Reading(data[begin:])
    text = markdown([*once(reading.furniture("header")), *reading.body(), *once(reading.furniture("footer"))])
    if not text:
        raise NoText(ONLY_PICTURES)
    problems = [_CUT] if reading.is_cut_short else []
    return extraction([(text, "")], titles=(reading.title, first_heading(text)), stem=stem, problems=problems)
