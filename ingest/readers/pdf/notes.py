"""What people wrote into a PDF: the fields of its forms, remarks and notes, where they stand on the page.

Knows annotations; knows nothing of the text beneath them. A password field and what is hidden stay unread.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.extraction import Problem
from ingest.readers.pdf.letters import clean
from ingest.readers.pdf.lines import Cell, Line, overlap

__all__ = ["notes_of", "prepare_forms"]

_HIDDEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13
_REMARKS = (
    pdfium.FPDF_ANNOT_FREETEXT,
    pdfium.FPDF_ANNOT_TEXT,
    pdfium.FPDF_ANNOT_HIGHLIGHT,
    pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT,
    pdfium.FPDF_ANNOT_CARET,
)
_BOXES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_CHOICES = (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_WRITING = (pdfium.FPDF_FORMFIELD_TEXTFIELD, *_CHOICES)
_TICKED = ("yes", "on", "true", "ja", "oui", "checked")
"""What writers of forms call a tick when they give it no name."""
_DYNAMIC = "can only be seen in Adobe Acrobat (it is a dynamic XFA form). Print it as a PDF there, and add that."
_SIZE = 10.0
_LONGEST = 1 << 20
"""Bytes of one field or remark that are asked for."""


def prepare_forms(document: pypdfium2.PdfDocument) -> list[Problem]:
    """Has the fields of forms known, before a page is loaded; `init_forms` would warn of the kinds it half knows."""
    kind = document.get_formtype()
    if kind != pdfium.FORMTYPE_NONE:
        config = pdfium.FPDF_FORMFILLINFO(version=2)
        if raw := pdfium.FPDFDOC_InitFormFillEnvironment(document, config):
            document.formenv = pypdfium2.PdfFormEnv(raw, config)
    return [Problem("the form", _DYNAMIC)] if kind == pdfium.FORMTYPE_XFA_FULL else []


def notes_of(page: pypdfium2.PdfPage, lines: Sequence[Line]) -> list[Line]:
    """What was written onto this page, as lines to be placed among its printed `lines`."""
    notes: list[Line] = []
    printed = ""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        with _annotation(page, index) as annotation:
            if annotation is None or pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                notes += _field(page, annotation, lines)
            elif pdfium.FPDFAnnot_GetSubtype(annotation) in _REMARKS:
                printed = printed or _letters(" ".join(line.text for line in lines))
                remark = _line(annotation, _string(annotation, "Contents"))
                notes += [each for each in remark if _letters(each.text) not in printed]
    return notes


@contextmanager
def _annotation(page: pypdfium2.PdfPage, index: int) -> Iterator[Any]:
    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    try:
        yield annotation or None
    finally:
        if annotation:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _field(page: pypdfium2.PdfPage, annotation: Any, lines: Sequence[Line]) -> list[Line]:
    form = page.formenv
    if form is None:
        return []
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _BOXES:
        return _box(form, annotation, lines)
    if kind not in _WRITING or pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        return []
    value = _chosen(form, annotation) if kind in _CHOICES else ""
    field = _line(annotation, value or _asked(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))
    if any(overlap(line, each) for line in lines for each in field):
        return field
    name = clean(_asked(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
    return [line for each in field for line in _line(annotation, f"{name}: {each.text}" if name else each.text)]


def _box(form: Any, annotation: Any, lines: Sequence[Line]) -> list[Line]:
    """A ticked box with the word that it stands for, unless that word is printed beside it."""
    if not pdfium.FPDFAnnot_IsChecked(form, annotation):
        return _line(annotation, "☐")
    ticked = _line(annotation, "☑")
    word = clean(_asked(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation))
    beside = " ".join(line.text.lower() for line in lines for each in ticked if overlap(line, each))
    told = not word or word.isdigit() or word.lower() in _TICKED or word.lower() in beside
    return ticked if told else _line(annotation, f"☑ {word}")


def _chosen(form: Any, annotation: Any) -> str:
    """The labels of the chosen options, which are what is seen; the value may be a code."""
    count = max(pdfium.FPDFAnnot_GetOptionCount(form, annotation), 0)
    chosen = [at for at in range(count) if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, at)]
    return ", ".join(_asked(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, at) for at in chosen)


def _line(annotation: Any, text: str) -> list[Line]:
    """One, or none where nothing is written."""
    box = pdfium.FS_RECTF()
    text = clean(text)
    if not text or not pdfium.FPDFAnnot_GetRect(annotation, box):
        return []
    left, right = sorted((box.left, box.right))
    bottom, top = sorted((box.bottom, box.top))
    return [Line((Cell(text, left, right),), size=_SIZE, bold=False, bottom=bottom, top=top)]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _string(annotation: Any, key: str) -> str:
    return _asked(pdfium.FPDFAnnot_GetStringValue, annotation, key.encode())


def _asked(function: Callable[..., int], *arguments: Any) -> str:
    """PDFium fills a buffer with UTF-16 once it was asked how long it must be."""
    length = min(function(*arguments, None, 0), _LONGEST)
    buffer = ctypes.create_string_buffer(length + 2)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return buffer.raw[:length].decode("utf-16-le", "replace").partition("\0")[0]
