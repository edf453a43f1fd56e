"""PDF files: passwords, forms, attachments, damage, and text that is not where or what it seems."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pypdf
import pytest
from fpdf import FPDF
from fpdf.enums import TextMode
from pypdf.annotations import FreeText, Text
from pypdf.generic import NameObject, StreamObject
from reportlab.pdfgen.canvas import Canvas

from ingest.readers.extraction import Extraction, Problem, extraction
from ingest.readers.options import Options
from ingest.readers.pdf.document import read_pdf
from phi_assistant.errors import EncryptedFile, LoadError, NoText, UnknownFormat

LEAVE = "Employees receive twenty days of paid leave in every calendar year."
LEFT = [f"Line {n} of the left column speaks of leave." for n in range(10)]
RIGHT = [f"Line {n} of the right column speaks of pay." for n in range(10)]


def drawn(draw: Callable[[FPDF], object], *, pages: int = 1) -> bytes:
    """Text of ten points, wherever `draw` puts it."""
    document = FPDF()
    document.set_margin(0)
    document.set_auto_page_break(False)
    for _ in range(pages):
        document.add_page()
        document.set_font("helvetica", size=10)
        draw(document)
    return bytes(document.output())


def lines(*texts: str) -> bytes:
    return drawn(lambda document: [document.text(20, 30 + 5 * at, text) for at, text in enumerate(texts)])


def changed(data: bytes, change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    writer, file = pypdf.PdfWriter(), BytesIO()
    writer.append(BytesIO(data))
    change(writer)
    writer.write(file)
    return file.getvalue()


def text_of(data: bytes, **options: object) -> str:
    return read_pdf(data, stem="a", options=Options(**options)).text  # type: ignore[arg-type]


# Passwords and limits


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
@pytest.mark.parametrize("password", ["secret", "schön & groß", "  two blanks  "])
def test_an_encrypted_pdf_opens_with_one_of_the_passwords_given(algorithm, password):
    locked = changed(lines(LEAVE), lambda writer: writer.encrypt(password, "owner", algorithm=algorithm))
    assert text_of(locked, passwords=("wrong", password)) == LEAVE


@pytest.mark.parametrize("password", ["пароль", "  ! < € œ 𠜎 😀  "])
def test_a_password_may_be_in_any_script(password):
    locked = changed(lines(LEAVE), lambda writer: writer.encrypt(password, "owner", algorithm="AES-256"))
    assert text_of(locked, passwords=(password,)) == LEAVE


def test_a_pdf_that_only_forbids_changes_opens_without_a_password():
    assert text_of(changed(lines(LEAVE), lambda writer: writer.encrypt("", "owner", algorithm="AES-256"))) == LEAVE


def test_it_is_said_how_to_give_a_password_and_that_none_of_those_given_opens_the_file():
    locked = changed(lines(LEAVE), lambda writer: writer.encrypt("secret", algorithm="AES-256"))
    with pytest.raises(EncryptedFile, match="--password"):
        text_of(locked)
    with pytest.raises(EncryptedFile, match="none of the 2 passwords"):
        text_of(locked, passwords=("a", "b\0c"))


def test_a_document_with_too_many_pages_is_refused_with_their_number_and_the_limit():
    with pytest.raises(LoadError, match="3 pages, and at most 2"):
        text_of(drawn(lambda document: document.text(20, 30, LEAVE), pages=3), pages=2)


# What was written onto it


def form() -> bytes:
    file = BytesIO()
    canvas = Canvas(file)
    for y, label in ((750, "Surname"), (720, "Country"), (690, "I agree"), (660, "Colour"), (600, "After the form.")):
        canvas.drawString(72, y, label)
    fields = canvas.acroForm
    fields.textfield(name="surname", x=150, y=745, width=200, height=18, value="Müller")
    fields.choice(
        name="country", x=150, y=715, width=90, height=18, options=[("Germany", "de"), ("France", "fr")], value="fr"
    )
    fields.checkbox(name="agree", x=150, y=685, checked=True)
    fields.radio(name="colour", value="red", selected=True, x=150, y=655)
    fields.radio(name="colour", value="blue", selected=False, x=200, y=655)
    fields.textfield(name="code", x=150, y=500, width=200, height=18, value="1234", fieldFlags="password")
    fields.textfield(name="t1", tooltip="Date of birth", x=150, y=550, width=200, height=18, value="1.5.1990")
    canvas.showPage()
    canvas.drawString(72, 750, "The second page.")
    canvas.save()
    return file.getvalue()


def test_the_fields_of_a_form_stand_beside_their_labels_on_their_page():
    first, second = read_pdf(form(), stem="a").pages
    assert first.text.strip().split("\n\n") == [
        "Surname Müller",
        "Country France",
        "I agree ☑",
        "Colour ☑ red ☐",
        "After the form.",
        "Date of birth: 1.5.1990",
    ]
    assert second.text == "The second page."


def test_remarks_and_notes_are_read_once_and_stand_after_what_they_are_about():
    def annotate(writer: pypdf.PdfWriter) -> None:
        writer.add_annotation(0, FreeText(text="A remark in a box.", rect=(60, 700, 300, 715)))
        writer.add_annotation(0, Text(text="A note on a slip.", rect=(60, 600, 80, 620)))
        writer.add_annotation(0, Text(text=LEAVE, rect=(60, 500, 80, 520)))

    data = changed(lines(LEAVE, *[""] * 60, "The end."), annotate)
    assert text_of(data).split("\n\n") == [LEAVE, "A remark in a box.", "A note on a slip.", "The end."]


def test_a_field_is_read_in_a_form_that_is_encrypted():
    locked = changed(form(), lambda writer: writer.encrypt("secret", algorithm="AES-256"))
    assert "Surname Müller" in text_of(locked, passwords=("secret",))


# Attachments


def with_attachments(**files: bytes) -> bytes:
    def attach(writer: pypdf.PdfWriter) -> None:
        for name, data in files.items():
            writer.add_attachment(name.replace("_", "."), data)

    return changed(lines(LEAVE), attach)


def inner(name: str, data: bytes) -> Extraction:
    if name.endswith(".pdf"):
        return read_pdf(data, stem=name, inner=inner)
    if name.endswith(".txt"):
        return extraction([(data.decode(), "")], titles=(), stem=name, problems=[Problem("line 3", "is odd.")])
    raise UnknownFormat("is of a kind that cannot be read.")


def test_attachments_are_read_and_labelled_and_those_that_cannot_be_are_reported():
    data = with_attachments(a_pdf=lines("Attached words."), b_txt=b"Plain.", c_pdf=b"junk", d_png=b"x", e_xyz=b"x")
    document = read_pdf(data, stem="a", inner=inner)
    assert [(page.text.strip(), page.label) for page in document.pages] == [
        (LEAVE, "p. 1"),
        ("Attached words.", "attachment a.pdf, p. 1"),
        ("Plain.", "attachment b.txt"),
    ]
    assert [problem.where for problem in document.problems] == ["attachment b.txt, line 3", "attachment c.pdf"]
    assert "damaged" in document.problems[1].reason


def test_attachments_together_unpack_to_no_more_than_the_limit():
    data = with_attachments(a_txt=b"x" * 600, b_txt=b"y" * 600)
    document = read_pdf(data, stem="a", options=Options(unpacked=1000), inner=inner)
    assert [page.label for page in document.pages] == ["p. 1", "attachment a.txt"]
    assert [problem.where for problem in document.problems if "too large" in problem.reason] == ["attachment b.txt"]


def test_a_cover_without_words_is_no_reason_to_leave_its_attachments_unread():
    data = changed(drawn(lambda document: None), lambda writer: writer.add_attachment("a.txt", b"Plain."))
    assert read_pdf(data, stem="a", inner=inner).text.strip() == "Plain."


# The order of reading


def test_columns_are_read_one_after_the_other_however_they_were_drawn():
    words = " ".join(LEFT + RIGHT)
    places = [(20, 30 + 5 * at, text) for at, text in enumerate(LEFT)]
    beside = [(110, 30 + 5 * at, text) for at, text in enumerate(RIGHT)]
    row_by_row = [each for pair in zip(places, beside, strict=True) for each in pair]
    shuffled = random.Random(1).sample(row_by_row, len(row_by_row))
    for order in (places + beside, beside + places, row_by_row, shuffled, row_by_row[::-1]):
        text = text_of(drawn(lambda document, order=order: [document.text(*each) for each in order]))
        assert " ".join(text.split()) == words


def test_a_title_that_was_drawn_last_comes_first():
    def draw(document: FPDF) -> None:
        for at, text in enumerate(LEFT + RIGHT):
            document.text(20, 30 + 5 * at, text)
        document.set_font(size=20)
        document.text(20, 15, "All about leave")

    assert text_of(drawn(draw)).startswith("# All about leave\n\nLine 0")


def test_a_table_is_not_taken_for_columns():
    def draw(document: FPDF) -> None:
        for at in range(8):
            document.text(20, 30 + 5 * at, f"Item {at}")
            document.text(110, 30 + 5 * at, f"{at * 10} EUR")

    assert text_of(drawn(draw)).startswith("| Item 0 | 0 EUR |\n| --- | --- |\n| Item 1 | 10 EUR |")


@pytest.mark.parametrize("angle", [90, 180, 270])
@pytest.mark.parametrize("turned", [0, 90])
def test_a_page_on_its_side_reads_as_if_it_stood(angle, turned):
    def draw(document: FPDF) -> None:
        with document.rotation(angle, 100, 100):
            for at, text in enumerate(LEFT):
                document.text(20, 30 + 5 * at, text)

    assert text_of(changed(drawn(draw), lambda writer: writer.pages[0].rotate(turned))) == " ".join(LEFT)


def test_a_watermark_is_dropped_with_the_other_things_that_are_on_every_page():
    own = [[f"{LEAVE} So says the {word} page.", f"{word} words end it."] for word in ("First", "Second", "Third")]

    def draw(document: FPDF) -> None:
        document.text(20, 10, f"ACME Handbook | {document.page}")
        for at, text in enumerate(own[document.page - 1]):
            document.text(20, 30 + 5 * at, text)
        with document.rotation(45, 100, 100):
            document.set_font(size=40)
            document.text(20, 100, "CONFIDENTIAL")

    pages = read_pdf(drawn(draw, pages=3), stem="a").pages
    assert [page.text.strip() for page in pages] == list(map(" ".join, own))


def test_pages_that_are_alike_keep_what_they_say():
    data = drawn(lambda document: document.text(20, 30, f"Ticket number {document.page} of the fair."), pages=4)
    assert text_of(data).split("\n\n") == [f"Ticket number {number} of the fair." for number in range(1, 5)]


def test_an_invoice_and_its_copy_keep_what_stands_at_their_edges():
    bill = ["Invoice 7 of 3 May", "Twelve gaskets, at four euros", "48", "Payable in ten days"]

    def draw(document: FPDF) -> None:
        for at, text in enumerate(bill):
            document.text(20, 20 + 60 * at, text)

    assert text_of(drawn(draw, pages=2)).split("\n\n") == 2 * bill


def test_a_running_header_larger_than_the_text_is_dropped_and_a_heading_is_not():
    def draw(document: FPDF) -> None:
        document.set_font(size=12)
        document.text(20, 10, f"{document.page}")
        document.text(40, 10, f"The rules of the house § {document.page}.1")
        document.text(20, 20, f"Chapter {document.page}")
        document.set_font(size=10)
        document.text(20, 30, LEAVE)
        document.text(20, 200, "The end of the page.")

    texts = [page.text for page in read_pdf(drawn(draw, pages=6), stem="a").pages]
    assert [text.splitlines()[0] for text in texts] == [f"# Chapter {number}" for number in range(1, 7)]


# Letters


def retold(text: str, meanings: dict[str, str], **more: bytes) -> bytes:
    """A page on which `text` is printed, but whose letters the document says to be others."""

    def tell(writer: pypdf.PdfWriter) -> None:
        lines = [f"<{ord(a):02x}> <{b.encode('utf-16-be').hex()}>" for a, b in meanings.items()]
        stream = StreamObject()
        stream.set_data(
            f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange {len(lines)} beginbfchar "
            f"{' '.join(lines)} endbfchar endcmap".encode()
        )
        for font in writer.pages[0]["/Resources"]["/Font"].values():
            font.get_object()[NameObject("/ToUnicode")] = writer._add_object(stream)

    return changed(lines(text), tell)


def in_hebrew(visual: str) -> bytes:
    """Printed from left to right, as Hebrew is drawn: each letter is the glyph at its place in the Latin alphabet."""
    letters = "אבגדהוזחטיכלמנסעפצקרשתםןךףץ"
    latin = dict(zip(letters, "abcdefghijklmnopqrstuvABCDE", strict=True))
    printed = "".join(latin.get(each, each) for each in visual)
    return retold(printed, {b: a for a, b in latin.items()})


def test_hebrew_is_read_from_the_right_with_its_numbers_brackets_and_stops():
    assert text_of(in_hebrew(".2024 תנשב (םידמוע לכ) 250 אוה ריחמה")) == "המחיר הוא 250 (כל עומדים) בשנת 2024."


def test_one_glyph_that_is_several_arabic_letters_is_spelt_in_their_order():
    meanings = {"a": "\u0633", "b": "\u0644\u0627", "c": "\u0645"}
    assert text_of(retold("cba", meanings)) == "سلام"


def test_ligatures_accents_and_soft_hyphens_are_typed_as_a_reader_would():
    meanings = {"A": "ﬁ", "B": "ﬃ", "C": "e\u0301", "D": "\u00ad", "E": "\u200b"}
    assert text_of(retold("Anal oBce, caCD cafC, oEne", meanings)) == "final office, caé café, one"


def test_an_accent_drawn_over_its_letter_becomes_part_of_it():
    def draw(document: FPDF) -> None:
        document.text(20, 30, "f")
        at = 20 + document.get_string_width("f")
        document.text(at, 30, "¨")
        document.text(at, 30, "u")
        document.text(at + document.get_string_width("u"), 30, "r alle.")

    assert text_of(drawn(draw)) == "für alle."


def test_words_spaced_out_for_show_are_whole():
    def draw(document: FPDF) -> None:
        document.set_char_spacing(8)
        document.text(20, 30, "CHAPTER ONE")

    assert text_of(drawn(draw)) == "CHAPTER ONE"


def test_the_letters_of_a_formula_are_no_word():
    def draw(document: FPDF) -> None:
        for at, letter in enumerate("abcd"):
            document.text(20 + 6 * at, 30, letter)
        document.text(20, 40, "A B C D E")

    assert text_of(drawn(draw)).split("\n\n")[-1].endswith("A B C D E")
    assert "abcd" not in text_of(drawn(draw))


def test_letters_beyond_the_first_plane_do_not_shift_what_follows():
    assert text_of(retold("An A and B.\nThe next line.", {"A": "😀", "B": "𝔸"})).startswith("😀n 😀 and 𝔸.")


WIDE = "The words of this line go on and on to fill the width of it, and they end with"


@pytest.mark.parametrize(
    ("end", "start", "whole"),
    [
        ("infor-", "mation.", "information."),
        ("an e-", "mail.", "an e-mail."),
        ("a self-", "service desk.", "a self-service desk."),
        ("a well-", "known man.", "a well-known man."),
        ("North-", "South roads.", "North-South roads."),
        ("short-", "and long words.", "short- and long words."),
        ("COVID-", "19 tests.", "COVID-19 tests."),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_is_kept_where_it_belongs_to_the_word(end, start, whole):
    expected = f"{WIDE} {whole}".replace("COVID-19", "COVID- 19") if start[0].isdigit() else f"{WIDE} {whole}"
    assert text_of(lines(f"{WIDE} {end}", start)) in (expected, f"{WIDE} {whole}")


# Damage


def test_a_damaged_page_is_named_and_the_others_are_read():
    data = bytearray(drawn(lambda document: document.text(20, 30, f"{LEAVE} Page {document.page}."), pages=4))
    pages = pypdf.PdfReader(BytesIO(bytes(data))).pages
    for damaged in (1, 2):
        start = data.index(pages[damaged]["/Contents"].get_object()._data)
        data[start + 20 : start + 30] = bytes(10)
    document = read_pdf(bytes(data), stem="a")
    assert [(problem.where, problem.reason[:10]) for problem in document.problems] == [("p. 2-3", "is damaged")]
    assert f"{LEAVE} Page 1." in document.pages[0].text
    assert f"{LEAVE} Page 4." in document.pages[3].text


def test_a_page_without_words_in_a_document_that_has_some_is_no_problem():
    def draw(document: FPDF) -> None:
        if document.page != 2:
            document.text(20, 30, LEAVE)

    document = read_pdf(drawn(draw, pages=3), stem="a")
    assert [bool(page.text) for page in document.pages] == [True, False, True]
    assert document.problems == ()


@pytest.mark.parametrize("meaning", ["\ufffd", "\ue123"])
def test_a_text_layer_that_means_nothing_counts_as_none(meaning, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no Tesseract
    with pytest.raises(NoText, match="no text layer"):
        text_of(retold(LEAVE, dict.fromkeys(set(LEAVE) - {" "}, meaning)))


def test_an_invisible_text_layer_is_read_as_scans_have_it():
    def draw(document: FPDF) -> None:
        with document.local_context(text_mode=TextMode.INVISIBLE):
            document.text(20, 30, LEAVE)

    assert text_of(drawn(draw)) == LEAVE


@pytest.mark.parametrize("data", [lines(LEAVE, *LEFT), form(), with_attachments(a_txt=b"x" * 99)])
def test_nothing_but_our_own_errors_comes_of_damage(data):
    dice = random.Random(7)
    for _ in range(40):
        damaged = bytearray(data[: dice.randrange(len(data))] if dice.random() < 0.3 else data)
        for _ in range(dice.randrange(1, 30)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        with suppress(LoadError):
            read_pdf(bytes(damaged), stem="a", inner=inner)


def test_letters_of_no_size_are_read():
    def draw(document: FPDF) -> None:
        document.text(20, 40, LEAVE)
        document.set_font(size=0.01)
        document.text(20, 30, "Tiny words before it.")

    assert LEAVE in text_of(drawn(draw))


def test_a_file_that_is_no_pdf_at_all_is_damaged():
    with pytest.raises(LoadError, match="damaged"):
        text_of(b"%PDF-1.4\n")


def test_a_file_without_words_that_breaks_off_is_damaged_and_not_empty():
    whole = drawn(lambda document: None)
    with pytest.raises(LoadError, match="is damaged"):
        text_of(whole[: whole.index(b"startxref")])


def test_pages_of_nothing_hold_no_text():
    with pytest.raises(NoText, match="pages are empty"):
        text_of(drawn(lambda document: None))
