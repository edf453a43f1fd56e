"""Labels: a passage says where a reader turns to, in the words of the document itself."""

from __future__ import annotations

from io import BytesIO

import pypdf
import pytest
import xlsxwriter
import xlwt
from docx import Document
from fpdf import FPDF
from old_slides import deck
from pptx import Presentation
from written import epub, odt, ole

from ingest.load import load_bytes
from ingest.split import split


def labels(data: bytes, name: str) -> list[str]:
    document = load_bytes(data, name=name)
    return [chunk.label for chunk in split(document.pages, source=name, title=document.title)]


def pdf(pages: int) -> pypdf.PdfWriter:
    document, writer = FPDF(), pypdf.PdfWriter()
    document.set_font("helvetica", size=12)
    for page in range(pages):
        document.add_page()
        document.text(20, 60, f"What stands on sheet {page + 1} of the paper is a sentence of its own.")
    writer.append(BytesIO(bytes(document.output())))
    return writer


def saved(document: object) -> bytes:
    file = BytesIO()
    (getattr(document, "save", None) or document.write)(file)  # type: ignore[attr-defined]
    return file.getvalue()


def test_a_page_of_a_pdf_is_named_as_the_document_numbers_it():
    writer = pdf(5)
    writer.set_page_label(0, 1, style="/r", start=3)
    writer.set_page_label(2, 3, style="/D", prefix="A-", start=12)
    writer.set_page_label(4, 4, prefix=" ")
    assert labels(saved(writer), "a.pdf") == ["p. iii", "p. iv", "p. A-12", "p. A-13", "p. 5"]


def test_a_page_of_a_pdf_that_does_not_number_its_pages_is_counted():
    assert labels(saved(pdf(2)), "a.pdf") == ["p. 1", "p. 2"]


def test_a_row_of_a_workbook_is_on_its_sheet():
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name in ("Prices 2024", "Stock"):
            book.add_worksheet(name).write_column(0, 0, [f"{name}: the part that has the number {at}" for at in "1234"])
    assert labels(file.getvalue(), "a.xlsx") == ["Prices 2024", "Stock"]
    old = xlwt.Workbook()
    old.add_sheet("Stock").write(0, 0, "Gasket")
    assert labels(saved(old), "a.xls") == ["Stock"]


def test_a_slide_is_named_by_its_number():
    new = Presentation()
    for title in ("How to apply for leave", "What to do when you are ill"):
        new.slides.add_slide(new.slide_layouts[5]).shapes.title.text = title
    assert labels(saved(new), "a.pptx") == ["slide 1", "slide 2"]
    assert labels(ole(deck()), "a.ppt") == ["slide 3", "slide 4"]


LEAVE, ILLNESS = "Twenty days a year, all of them paid. " * 3, "Tell us before nine in the morning. " * 3


def word() -> bytes:
    document = Document()
    for level, heading, text in ((1, "Leave", LEAVE), (2, "When you are ill", ILLNESS)):
        document.add_heading(heading, level)
        document.add_paragraph(text)
    return saved(document)


TEXT = odt(
    f'<text:h text:outline-level="1">Leave</text:h><text:p>{LEAVE}</text:p>'
    f'<text:h text:outline-level="2">When you are ill</text:h><text:p>{ILLNESS}</text:p>'
)
BOOK = epub({"a": f"<h1>Leave</h1><p>{LEAVE}</p><h2>When you are ill</h2><p>{ILLNESS}</p>"})
RICH = (
    rb"{\rtf1\ansi{\stylesheet{\s1 heading 1;}{\s2 heading 2;}}"
    + rf"\pard\s1 Leave\par\pard {LEAVE}\par\pard\s2 When you are ill\par\pard {ILLNESS}\par}}".encode()
)


@pytest.mark.parametrize(("data", "name"), [(word(), "a.docx"), (TEXT, "a.odt"), (BOOK, "a.epub"), (RICH, "a.rtf")])
def test_a_passage_of_a_text_is_under_its_innermost_heading(data, name):
    assert labels(data, name) == ["Leave", "When you are ill"]
