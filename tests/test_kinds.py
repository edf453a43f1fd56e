"""Kinds of files: what a file holds decides, and its name only between texts."""

from __future__ import annotations

import zipfile

import pytest
from written import docx, epub, odt, old_word, ole, package

from ingest.kinds import ENDINGS, ending, kind_of
from phi_assistant.errors import LoadError, UnknownFormat

WORD = docx("<w:p><w:r><w:t>Words.</w:t></w:r></w:p>")
OLD_WORD = ole(old_word([("Words.\r", 0, b"")]))
ARCHIVE = package({"a.txt": "Words."})
PAGE = b"<!DOCTYPE html>\n<html><body>Words."
MAIL = b"Received: from x\r\n\tby y\r\nFrom: a@x.example\r\nSubject: S\r\n\r\nWords."
ARTICLE = b'<?xml version="1.0"?><article><p>Words.</p></article>'
CAPTIONS = b"WEBVTT\n\n00:01.000 --> 00:02.000\nWords."
RICH = b"{\\rtf1 Words.}"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MESSAGE = ole({"__properties_version1.0": bytes(32), "__substg1.0_0037001F": "S".encode("utf-16-le")})
TEXT = b"Plain words.\n"

EVERY_NAME = ["", ".txt", ".md", ".pdf", ".doc", ".docx", ".xls", ".html", ".zip", ".eml", ".dat", ".PDF~"]


@pytest.mark.parametrize("suffix", EVERY_NAME)
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "pdf"), (RICH, "rtf"), (PICTURE, "image"), (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
        (b"GIF89a\x01\0\x01\0", "image"), (b"II*\0\x08\0\0\0", "image"), (b"RIFF\x24\0\0\0WEBPVP8 ", "image"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image"),
        (WORD, "docx"), (odt(""), "odt"), (epub({"a": "<p>Words."}), "epub"),
        (package({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<a/>"}), "xlsx"),
        (package({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<a/>"}), "pptx"),
        (package({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, zipfile.ZIP_STORED), "ods"),
        (OLD_WORD, "doc"), (ole({"Workbook": b"x"}), "xls"), (ole({"Book": b"x"}), "xls"),
        (ole({"PowerPoint Document": b"x"}), "ppt"), (MESSAGE, "outlook"),
        (ole({"__properties_version1.0": bytes(32), "__attach_version1.0_#00000000/WordDocument": b"x"}), "outlook"),
    ],
)  # fmt: skip
def test_what_a_file_holds_decides_whatever_it_is_called(data, kind, suffix):
    assert kind_of(data, suffix) == kind


@pytest.mark.parametrize(
    ("data", "suffix", "kind"),
    [
        (PAGE, ".txt", "html"), (CAPTIONS, ".txt", "captions"), (PAGE, ".pdf", "html"),
        (PAGE, ".doc", "html"), (PAGE, ".xls", "html"), (PAGE, "", "html"),
        (PAGE, ".csv", "html"),
        (PAGE, ".eml", "html"), (PAGE, ".xml", "html"), (b"\xef\xbb\xbf \n<html lang=en>", ".docx", "html"),
        (b"<!-- saved -->\n<?xml version='1.0'?>\n<!DOCTYPE html>", ".xml", "html"),
        (MAIL, ".html", "mail"), (MAIL, ".pdf", "mail"), (MAIL, "", "mail"),
        (ARTICLE, ".pdf", "xml"), (ARTICLE, "", "xml"), (CAPTIONS, "", "captions"), (CAPTIONS, ".csv", "captions"),
        (PAGE.decode().encode("utf-16"), ".doc", "html"), (ARTICLE.decode().encode("utf-16"), "", "xml"),
        (b"a\tb\tc\n1\t2\t3\n", ".xls", "csv"), (b"a;b\n1;2\n", ".xls", "csv"),
    ],
)  # fmt: skip
def test_a_text_that_says_what_it_is_is_believed_where_its_name_promises_another_format(data, suffix, kind):
    assert kind_of(data, suffix) == kind


@pytest.mark.parametrize("data", [TEXT, MAIL, ARTICLE, b"a,b\n1,2\n", b"# Not a heading\n"])
@pytest.mark.parametrize(("suffix", "kind"), [(".txt", "text"), (".log", "text"), (".md", "markdown"), (".rst", "rst")])
def test_between_texts_the_name_decides(data, suffix, kind):
    assert kind_of(data, suffix) == kind


@pytest.mark.parametrize(
    ("data", "suffix", "kind"),
    [
        (ARCHIVE, ".zip", "archive"), (ARCHIVE, "", "archive"), (ARCHIVE, ".txt", "archive"),
        (ARCHIVE[:40], ".docx", "docx"), (ARCHIVE[:40], "", "archive"), (OLD_WORD[:600], ".doc", "doc"),
        (b"junk\n" + PDF, ".pdf", "pdf"), (package({}), ".zip", "archive"),
        ("Zażółć gęślą.\n".encode("cp1250"), "", "text"), ("Words.\n".encode("utf-16"), "", "text"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_from_within_is_told_by_the_name_or_its_absence(data, suffix, kind):
    assert kind_of(data, suffix) == kind


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".odt", ".ppt", ".msg", ".png"])
@pytest.mark.parametrize("data", [TEXT, b"\0\x01\x02\x03" * 9])
def test_what_is_not_what_its_ending_says_is_told(data, suffix):
    with pytest.raises(LoadError, match=f"not what its ending says.*{suffix} file"):
        kind_of(data, suffix)


def test_an_archive_called_a_document_is_told():
    with pytest.raises(LoadError, match=r"ZIP archive, but not a \.docx file"):
        kind_of(ARCHIVE, ".docx")


@pytest.mark.parametrize(
    "data", [b"MZ\x90\0\x03\0\0\0", b"\x7fELF\x02\x01\x01\0", b"\x1f\x8b\x08\0\0", bytes(range(256)) * 9]
)
@pytest.mark.parametrize("suffix", ["", ".exe", ".dat", ".tar.gz"])
def test_what_nothing_can_read_is_refused_with_the_list_of_what_can_be(data, suffix):
    with pytest.raises(UnknownFormat, match=r"\.docx.*\.pdf"):
        kind_of(data, suffix)


@pytest.mark.parametrize("suffix", [".css", ".js"])
def test_style_sheets_and_scripts_are_no_documents(suffix):
    with pytest.raises(UnknownFormat, match=rf"kind that cannot be read \({suffix}\)"):
        kind_of(b"p { color: red }\n", suffix)


@pytest.mark.parametrize("suffix", [".mp4", ".mp3", ".wav"])
def test_of_a_recording_the_transcript_is_asked_for(suffix):
    with pytest.raises(UnknownFormat, match="transcript"):
        kind_of(b"\0\0\0\x18ftypmp42" + bytes(99), suffix)


def test_a_file_of_an_older_program_is_told_how_to_be_saved():
    with pytest.raises(UnknownFormat, match="older program"):
        kind_of(ole({"Contents": b"x"}), ".wps")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.PDF", ".pdf"), ("archive.tar.gz", ".gz"), ("README", ""), (".gitignore", ""), ("Minutes 3.5 of May", ""),
        ("v1.2", ""), ("a.b/c", ""), ("a.docx ", ".docx"), ("Brief vom 3. Mai", ""), ("a.", ""),
    ],
)  # fmt: skip
def test_the_ending_of_a_name_is_what_people_take_for_it(name, expected):
    assert ending(name) == expected


def test_every_ending_stands_for_one_kind_and_is_written_in_lower_case():
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in ENDINGS)
    assert ENDINGS[".msg"] == "outlook"
    assert ENDINGS[".htm"] == ENDINGS[".html"] == "html"
