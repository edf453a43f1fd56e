"""A citation in its place: the text around it, and its words marked on the page of the PDF."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import DEMO, Unwatched
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from samples import FAKE

from ingest.run import run
from ingest.sources.files import digest
from phi_assistant import open_store
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.schema import Chunk, Citation, Source
from phi_assistant.settings import Settings
from phi_assistant.store import Entry
from ui.viewer import cited
from ui.viewing.aligning import aligned, share, spans
from ui.viewing.excerpt import excerpt
from ui.viewing.original import pictures, state_of
from ui.viewing.place import Place, Sheet, place_of

SETTINGS = Settings()


def found(quote, page, before=""):
    return [page[start:end] for start, end in spans(aligned(quote, page, before=before))]


def test_markdown_hyphens_ligatures_and_line_ends_do_not_hide_a_quote():
    page = "Payment\r\nBusi\x02\r\nness customers pay by in-\r\nvoice within 30 days, ﬁrst of all."
    quote = "## Payment\n\nBusiness customers pay by **invoice** within 30 days, first of all."
    assert found(quote, page) == [page[:-1]]


def test_of_the_same_words_those_that_stand_as_far_down_are_meant():
    page = "Total: 5. Then much else. Total: 5. And more. Total: 5."
    assert spans(aligned("Total: 5", page, before="Total: 5. Then much else.")) == [(26, 34)]


def test_words_in_another_order_than_on_the_page_are_found_in_rows():
    page = "Name Price\nPip grinder 389 euro\nsomething else\nCrumb machine 149 euro"
    quote = "| Name | Price |\n| Pip grinder | 389 euro |\n| Crumb machine | 149 euro |"
    assert found(quote, page) == ["Name Price\nPip grinder 389 euro", "Crumb machine 149 euro"]


def test_what_the_page_does_not_say_is_not_marked():
    places = aligned("Gift cards never expire.", "The warranty lasts two years.")
    assert (spans(places), share(places, "Gift cards never expire.")) == ([], 0.0)


@pytest.fixture
def entry():
    """Two pages with three chunks."""

    def make(*chunks, path="/nowhere/a.md"):
        cut, at = [], 0
        for position, (label, text) in enumerate(chunks):
            cut.append(Chunk("a.md", position, "A", label, (), at, at + len(text), text))
            at += len(text) + 2
        return Entry(Source("a.md", "A", "0" * 64), Path(path), tuple(cut))

    return make


def quoting(entry, quote, start=None, marks=()):
    whole = place_of(Citation(1, "a.md", "A", "", 0, 0, entry.chunks[0].text), entry)
    start = (whole.quote + "\n\n" + whole.after).find(quote) if start is None else start
    return Citation(1, "a.md", "A", "", start, start + len(quote), quote, marks)


def test_a_quote_stands_between_what_is_before_and_after_it(entry):
    stored = entry(("p. 1", "One. Two. Three."), ("p. 2", "Four."))
    place = place_of(quoting(stored, "Two.", marks=((0, 3),)), stored)
    assert (place.before, place.quote, place.after) == ("One. ", "Two.", " Three.\n\nFour.")
    assert place.sheets == (Sheet("p. 1", "Two.", ((0, 3),), before="One. "),)


def test_a_quote_over_the_end_of_a_page_is_marked_on_both(entry):
    stored = entry(("p. 1", "It ends"), ("p. 2", "over there."))
    citation = Citation(1, "a.md", "A", "p. 1", 3, 13, "ends\n\nover", ((0, 4), (6, 10)))
    one, two = place_of(citation, stored).sheets
    assert (one.label, one.quote.strip(), one.marks) == ("p. 1", "ends", ((0, 4),))
    assert (two.label, two.quote, two.marks, two.before) == ("p. 2", "over", ((0, 4),), "")


def test_what_moved_in_a_newer_version_is_found_by_its_words_and_what_is_gone_is_told(entry):
    newer = entry(("", "A new beginning. The old sentence. The end."))
    place = place_of(Citation(1, "a.md", "A", "", 0, 17, "The old sentence."), newer)
    assert (place.is_found, place.before) == (True, "A new beginning. ")
    lost = place_of(Citation(1, "a.md", "A", "", 0, 5, "Never said."), newer)
    assert (lost.is_found, lost.quote, lost.before, lost.sheets) == (False, "Never said.", "", ())
    assert not place_of(Citation(1, "a.md", "A", "", 0, 5, "Never said."), None).is_found


def marked(picture, colour=(255, 240, 160)):
    """The box of what has the colour of the pen, in parts of the page."""
    image = Image.open(io.BytesIO(picture.png))
    rows, columns = np.nonzero((np.asarray(image) == colour).all(axis=2))
    return tuple(
        float(edge) / whole
        for edge, whole in zip(
            (columns.min(), rows.min(), columns.max(), rows.max()), (*image.size, *image.size), strict=True
        )
    )


def written(file, *, rotate=0, crop=None, encrypt=None):
    """Two lines; a page that is turned is 400 points high before it is."""
    canvas = Canvas(str(file), pagesize=(400, 600), encrypt=encrypt)
    if crop:
        canvas.setCropBox(crop)
    canvas.setPageRotation(rotate)
    canvas.drawString(100, 500, "The upper line of the page.")
    canvas.drawString(100, 300, "The lower line, which is meant.")
    canvas.save()
    return file


def drawn(file, quote="The lower line, which is meant.", label="p. 1", **options):
    sheet = Sheet(label, quote, ((4, 9),), before="The upper line of the page.\n")
    return pictures(file, digest(file, file.parent), [sheet], settings=SETTINGS, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rotate", "crop", "middle"),
    [(0, None, (None, 0.49)), (90, None, (0.758, None)), (0, (50, 200, 400, 600), (None, 0.74))],
    ids=["upright", "turned", "cropped"],
)
def test_the_words_are_marked_where_they_are_printed(tmp_path, rotate, crop, middle):
    (picture,) = drawn(written(tmp_path / "a.pdf", rotate=rotate, crop=crop))
    assert (picture.number, picture.of, picture.is_marked) == (1, 1, True)
    left, top, right, bottom = marked(picture)
    for wanted, low, high in zip(middle, (left, top), (right, bottom), strict=True):
        if wanted:
            assert (low + high) / 2 == pytest.approx(wanted, abs=0.015)
            assert high - low < 0.06
    assert marked(picture, (255, 208, 74))


@pytest.mark.slow
def test_nothing_is_drawn_of_a_file_that_is_another_one_damaged_or_no_pdf(tmp_path):
    file = written(tmp_path / "a.pdf")
    sheet = Sheet("p. 1", "The upper line", (), "")
    assert pictures(file, "0" * 64, [sheet], settings=SETTINGS) == []
    broken = tmp_path / "b.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 50)
    assert drawn(broken) == []
    (tmp_path / "c.pdf").write_text("plain")
    assert drawn(tmp_path / "c.pdf") == []
    assert pictures(tmp_path / "gone.pdf", "0" * 64, [sheet], settings=SETTINGS) == []


@pytest.mark.slow
def test_a_page_whose_words_are_a_picture_is_shown_without_marks(tmp_path):
    (picture,) = drawn(written(tmp_path / "a.pdf"), quote="Something that was read by OCR.")
    assert not picture.is_marked


@pytest.mark.slow
def test_an_encrypted_pdf_is_drawn_for_whoever_has_told_its_password(tmp_path):
    file = written(tmp_path / "a.pdf", encrypt="let me in")
    assert drawn(file) == []
    assert drawn(file, passwords=("wrong", "let me in"))[0].is_marked


@pytest.mark.slow
def test_a_picture_is_shown_as_it_is_and_of_a_fax_the_page_that_is_meant(tmp_path):
    red, blue = (Image.new("RGB", (1600, 200), colour) for colour in ("red", "blue"))
    red.save(tmp_path / "b.tif", save_all=True, append_images=[blue])
    blue.save(tmp_path / "a.png")
    (picture,) = drawn(tmp_path / "a.png", label="")
    (page,) = drawn(tmp_path / "b.tif", label="p. 2")
    assert [(each.number, each.of, each.is_marked) for each in (picture, page)] == [(1, 1, False), (2, 2, False)]
    assert [Image.open(io.BytesIO(each.png)).getpixel((9, 9)) for each in (picture, page)] == [(0, 0, 255)] * 2


def test_around_a_quote_headings_lists_and_tables_are_shown_as_such_and_markup_is_not():
    place = Place(
        "Lunch is **£2.60** <b>.", ((11, 16),), before="# Prices\n\n", after="\n\n* One\n\n| A |\n|---|\n| 1 |"
    )
    assert excerpt(place, "lunch.md") == (
        "<p><strong>Prices</strong></p><p><mark>Lunch is <b>£2.60</b> &lt;b&gt;.</mark></p><p>• One</p>"
        "<table><tr><th>A</th></tr><tr><td>1</td></tr></table>"
    )
    row = Place("| Judo | £35 |", ((9, 12),), before="| Club | Price |\n|---|---|\n")
    assert "<td><mark>Judo</mark></td><td><mark><b>£35</b></mark></td>" in excerpt(row, "clubs.docx")
    assert excerpt(place, "lunch.txt").startswith("<p># Prices\n\n<mark>Lunch is **<b>£2.60</b>** &lt;b&gt;.</mark>")


@pytest.mark.slow
def test_each_passage_of_a_pdf_that_was_ingested_is_found_on_its_page(tmp_path):
    embedder = WordLengthEmbeddings()
    with open_store(tmp_path / "store", embedder=FAKE, create=True) as store:
        run([DEMO / "course" / "reading-a-hydrographs.pdf"], store, lambda: embedder, Unwatched())
        stored = store.entry("reading-a-hydrographs.pdf")
        assert store.entry("another.pdf") is None
    assert state_of(stored) == "same"
    for chunk in stored.chunks:
        place = place_of(cited(chunk), stored)
        (picture,) = pictures(stored.path, stored.source.digest, place.sheets, settings=SETTINGS)
        assert (f"p. {picture.number}", picture.of, picture.is_marked) == (chunk.label, 3, True)


def test_what_became_of_a_file_is_known(tmp_path, entry):
    file = tmp_path / "a.md"
    file.write_text("One.")
    stored = entry(("", "One."), path=str(file))
    assert state_of(stored) == "changed"
    file.unlink()
    assert state_of(stored) == "gone"
    assert state_of(replace(stored, path=Path("loader:x:Y#1"))) == "none"
