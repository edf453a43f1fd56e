"""Files with a password: what opens them, and what is said where nothing does."""

from __future__ import annotations

from io import BytesIO

import pypdf
import pytest
import xlsxwriter
import xlwt
from docx import Document
from fpdf import FPDF
from pptx import Presentation
from sealed import (
    PASSWORD,
    agile,
    as_a_whole,
    manifest,
    old_deck,
    old_document,
    old_workbook,
    part_by_part,
    standard,
    with_aes,
    with_blowfish,
    zipped,
)
from written import damaged, odt, old_word, ole, package

from ingest.load import load_bytes
from ingest.readers.office.decryption import decrypted
from ingest.readers.options import DEFAULTS, Options
from phi_assistant.errors import EncryptedFile, LoadError

LEAVE = "Twenty days."
TEXT = odt(f"<text:p>{LEAVE}</text:p>")


def word() -> bytes:
    document, file = Document(), BytesIO()
    document.add_paragraph(LEAVE)
    document.save(file)
    return file.getvalue()


def workbook() -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, LEAVE)
    return file.getvalue()


def slides() -> bytes:
    deck, file = Presentation(), BytesIO()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = LEAVE
    deck.save(file)
    return file.getvalue()


def workbook_of_97() -> bytes:
    book, file = xlwt.Workbook(), BytesIO()
    book.add_sheet("Leave").write(0, 0, LEAVE)
    book.save(file)
    return file.getvalue()


def pdf() -> bytes:
    page, writer, file = FPDF(), pypdf.PdfWriter(), BytesIO()
    page.add_page()
    page.set_font("helvetica", size=12)
    page.text(20, 20, LEAVE)
    writer.append(BytesIO(bytes(page.output())))
    writer.encrypt(PASSWORD, "owner", algorithm="AES-256")
    writer.write(file)
    return file.getvalue()


WORD = word()
SEALED = {
    "agile.docx": agile(WORD),
    "agile.xlsx": agile(workbook()),
    "agile.pptx": agile(slides()),
    "standard.docx": standard(WORD),
    "standard.xlsx": standard(workbook()),
    "standard.pptx": standard(slides()),
    "old.doc": old_document(LEAVE),
    "old.xls": old_workbook(workbook_of_97()),
    "aes.odt": part_by_part(TEXT, with_aes),
    "blowfish.odt": part_by_part(TEXT, with_blowfish),
    "whole.odt": as_a_whole(TEXT),
    "a.pdf": pdf(),
    "a.zip": zipped("leave.txt", LEAVE.encode()),
    "old.ppt": old_deck(),
}


@pytest.mark.parametrize("name", SEALED)
def test_the_first_password_that_fits_opens_the_file(name):
    text = load_bytes(SEALED[name], name=name, options=Options(passwords=("wrong", PASSWORD))).text
    assert ("Apply" if name == "old.ppt" else LEAVE) in text


@pytest.mark.parametrize("name", SEALED)
def test_without_a_password_the_error_says_how_to_give_one(name):
    with pytest.raises(EncryptedFile, match=r"wants a password to be opened\. Give it with `--password`"):
        load_bytes(SEALED[name], name=name)


@pytest.mark.parametrize("name", SEALED)
def test_where_no_password_fits_the_error_says_how_many_were_tried_and_never_which(name):
    with pytest.raises(EncryptedFile, match="none of the 2 passwords opens it") as refused:
        load_bytes(SEALED[name], name=name, options=Options(passwords=("Herbst", "winter")))
    assert "Herbst" not in str(refused.value)


def test_the_one_password_that_was_given_is_said_not_to_fit():
    with pytest.raises(EncryptedFile, match="the password given does not open it"):
        load_bytes(SEALED["old.doc"], name="a.doc", options=Options(passwords=("Herbst",)))


def test_a_file_that_is_only_protected_against_changes_opens_by_itself():
    assert load_bytes(agile(WORD, "VelvetSweatshop"), name="a.docx").text == LEAVE


def test_a_file_with_a_password_is_read_whatever_its_name():
    assert load_bytes(SEALED["standard.docx"], name="leave", options=Options(passwords=(PASSWORD,))).text == LEAVE


@pytest.mark.parametrize("data", [WORD, TEXT, ole(old_word([("a\r", 0, b"")])), b"PK\x03\x04", b"%PDF-", b""])
def test_what_is_not_encrypted_is_handed_back_as_it_is(data):
    assert decrypted(data, DEFAULTS) is data


def test_a_file_that_is_encrypted_for_certain_people_says_so():
    described = manifest('<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>')
    with pytest.raises(EncryptedFile, match="OpenPGP"):
        decrypted(package({"content.xml": "x", "META-INF/manifest.xml": described}), Options(passwords=(PASSWORD,)))


@pytest.mark.parametrize("name", ["old.doc", "old.xls", "old.ppt", "aes.odt", "whole.odt", "a.zip"])
def test_a_damaged_file_is_opened_or_refused_and_nothing_else(name):
    for data in damaged(SEALED[name], count=6):
        try:
            assert load_bytes(data, name=name, options=Options(passwords=(PASSWORD,))).pages
        except LoadError:
            continue
