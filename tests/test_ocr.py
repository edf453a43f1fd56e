"""Pictures of text, and scanned pages: read where Tesseract is installed, reported where it is not."""

from __future__ import annotations

import os
import random
import shutil
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from ingest.readers.options import Options
from ingest.readers.pdf.document import read_pdf
from ingest.readers.pdf.image import read_image
from phi_assistant.errors import LoadError, NoText

LEAVE = "Employees receive twenty days of paid leave."


@pytest.fixture
def tesseract() -> None:
    """Where tests must not be left out, as in CI, its absence is a failure."""
    if shutil.which("tesseract") is None:
        if os.environ.get("CI"):
            pytest.fail("Tesseract is not installed: `apt-get install tesseract-ocr`.")
        pytest.skip("Tesseract is not installed.")


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def picture(*texts: str, size: int = 32, background: str = "white") -> Image.Image:
    image = Image.new("RGB", (1200, 120 + 60 * len(texts)), background)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    for at, text in enumerate(texts):
        draw.text((80, 60 + 60 * at), text, fill="black", font=font)
    return image


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def scans(*pages: Image.Image | str) -> bytes:
    """A PDF with a picture as large as the page, or with a text, on each page."""
    document = FPDF()
    for page in pages:
        document.add_page()
        document.set_font("helvetica", size=11)
        if isinstance(page, str):
            document.text(20, 30, page)
        else:
            document.image(page, x=0, y=0, w=210)
    return bytes(document.output())


def words(text: str) -> str:
    return " ".join(text.split())


# Without Tesseract


def test_a_picture_is_reported_with_the_command_that_lets_it_be_read(no_tesseract):
    with pytest.raises(NoText, match=r"no text layer.*apt-get install tesseract-ocr`.*macOS.*Windows"):
        read_image(saved(picture(LEAVE)), stem="a")


def test_the_command_installs_the_languages_that_are_wanted(no_tesseract):
    with pytest.raises(NoText, match="apt-get install tesseract-ocr tesseract-ocr-deu tesseract-ocr-chi-sim`"):
        read_pdf(scans(picture(LEAVE)), stem="a", options=Options(ocr_languages="eng+deu+chi_sim"))


def test_scanned_pages_among_others_are_named(no_tesseract):
    data = scans(LEAVE, picture("Two"), picture("Three"), "The fourth page has words of its own.", picture("Five"))
    document = read_pdf(data, stem="a")
    assert [problem.where for problem in document.problems] == ["p. 2-3", "p. 5"]
    assert all("no text layer" in each.reason and "apt-get install" in each.reason for each in document.problems)
    assert words(document.text) == f"{LEAVE} The fourth page has words of its own."


def test_a_page_number_alone_does_not_make_a_scan_a_page_with_words(no_tesseract):
    document = FPDF()
    for number in (1, 2):
        document.add_page()
        document.set_font("helvetica", size=11)
        document.image(picture(*["Words of the scan."] * 25), x=0, y=0, w=210, h=297)
        document.text(100, 290, f"- {number} -")
    with pytest.raises(NoText, match="no text layer"):
        read_pdf(bytes(document.output()), stem="a")


# With Tesseract


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_a_picture_of_any_kind_is_read(tesseract, kind):
    document = read_image(saved(picture(LEAVE), kind), stem="a-scan")
    assert (document.text, document.title, document.problems) == (LEAVE, "a scan", ())
    assert document.pages[0].label == ""


def test_each_page_of_a_fax_has_its_number(tesseract):
    data = saved(picture("The first page."), "TIFF", save_all=True, append_images=[picture("The second page.")])
    assert [(page.text.strip(), page.label) for page in read_image(data, stem="a").pages] == [
        ("The first page.", "p. 1"),
        ("The second page.", "p. 2"),
    ]


def test_an_animation_is_read_as_its_first_picture(tesseract):
    data = saved(picture("The first frame."), "GIF", save_all=True, append_images=[picture("The second frame.")])
    assert read_image(data, stem="a").text == "The first frame."


def test_a_photograph_is_turned_as_its_camera_says(tesseract):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it
    data = saved(picture(LEAVE).rotate(90, expand=True), "JPEG", exif=exif)
    assert read_image(data, stem="a").text == LEAVE


@pytest.mark.parametrize("angle", [90, 180])
def test_a_page_that_was_scanned_on_its_side_is_read(tesseract, angle):
    page = picture(*[f"{LEAVE} So it is written in rule {word}." for word in ("one", "two", "six", "ten")], size=22)
    assert words(read_image(saved(page.rotate(angle, expand=True)), stem="a").text).count("paid leave") == 4


def test_a_transparent_picture_is_read_on_white(tesseract):
    clear = Image.new("RGBA", (1200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(clear).text((80, 60), LEAVE, fill=(0, 0, 0, 255), font=ImageFont.load_default(size=32))
    assert read_image(saved(clear), stem="a").text == LEAVE


def test_sixteen_bits_of_grey_are_read(tesseract):
    deep = Image.fromarray(np.asarray(picture(LEAVE).convert("L"), dtype=np.uint16) * 257)
    assert read_image(saved(deep), stem="a").text == LEAVE


def test_paragraphs_are_whole_and_words_are_joined_across_lines(tesseract):
    page = picture(
        "The rules of the house are written down in the infor-",
        "mation that every guest receives at the front desk.",
        "",
        "Breakfast is served from seven to ten in the morning.",
    )
    assert read_image(saved(page), stem="a").text == (
        "The rules of the house are written down in the information that every guest receives at the front desk."
        "\n\nBreakfast is served from seven to ten in the morning."
    )


def test_a_ruled_table_in_a_picture_stays_a_table(tesseract):
    image = picture("", "", "", "")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=32)
    for row, cells in enumerate([("Year", "Income"), ("2023", "1200"), ("2024", "1500")]):
        for column, cell in enumerate(cells):
            box = (100 + 300 * column, 40 + 70 * row, 400 + 300 * column, 110 + 70 * row)
            draw.rectangle(box, outline="black", width=2)
            draw.text((box[0] + 60, box[1] + 15), cell, fill="black", font=font)
    text = read_image(saved(image), stem="a").text
    assert text == "| Year | Income |\n| --- | --- |\n| 2023 | 1200 |\n| 2024 | 1500 |"


def test_scanned_pages_of_a_pdf_are_read_in_place(tesseract):
    document = read_pdf(scans("The first page has words.", picture(LEAVE), "The third page too."), stem="a")
    assert [page.text.strip("# \n") for page in document.pages] == [
        "The first page has words.",
        LEAVE,
        "The third page too.",
    ]
    assert document.problems == ()


def test_what_every_scanned_page_repeats_is_dropped(tesseract):
    body = ["Breakfast is from seven to ten.", "Lunch is served in the garden.", "The bar opens in the evening."]
    pages = [
        picture("ACME Handbook", "", *[f"{text}"] * 8, "", f"Page {number} of 3")
        for number, text in enumerate(body, start=1)
    ]
    text = read_pdf(scans(*pages), stem="a").text
    assert "ACME" not in text
    assert "of 3" not in text
    assert all(each in text for each in body)


def test_specks_are_not_words(tesseract):
    dice, noise = random.Random(3), Image.new("L", (900, 600), "white")
    for _ in range(3000):
        noise.putpixel((dice.randrange(900), dice.randrange(600)), 0)
    with pytest.raises(NoText, match="finds no words"):
        read_image(saved(noise), stem="a")


def test_a_missing_language_is_reported_and_the_page_is_read_in_the_others(tesseract):
    options = Options(ocr_languages="eng+xyz")
    for document in (
        read_image(saved(picture(LEAVE)), stem="a", options=options),
        read_pdf(scans(picture(LEAVE)), stem="a", options=options),
    ):
        assert document.text == LEAVE
        assert "apt-get install tesseract-ocr-xyz`" in document.problems[0].reason


def test_a_language_that_is_missing_alone_is_named_in_the_command(tesseract):
    with pytest.raises(NoText, match="apt-get install tesseract-ocr-xyz`"):
        read_image(saved(picture(LEAVE)), stem="a", options=Options(ocr_languages="xyz"))


# Pictures made to hurt


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_picture_too_large_to_hold_is_refused_before_it_is_unpacked(kind):
    with pytest.raises(LoadError, match="too large"):
        read_image(saved(Image.new("1", (20_000, 20_000)), kind), stem="a")


def test_a_fax_with_too_many_pages_is_refused():
    data = saved(picture("a"), "TIFF", save_all=True, append_images=[picture("b"), picture("c")])
    with pytest.raises(LoadError, match="3 pages, and at most 2"):
        read_image(data, stem="a", options=Options(pages=2))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_nothing_but_our_own_errors_comes_of_a_damaged_picture(no_tesseract, kind):
    dice, data = random.Random(5), saved(picture(LEAVE), kind)
    for _ in range(20):
        damaged = bytearray(data[: dice.randrange(len(data))] if dice.random() < 0.5 else data)
        for _ in range(dice.randrange(1, 20)):
            damaged[dice.randrange(max(len(damaged), 1)) : 1] = bytes([dice.randrange(256)])
        with suppress(LoadError):
            read_image(bytes(damaged), stem="a")


@pytest.mark.parametrize("data", [b"", b"not a picture", saved(picture(LEAVE))[:500]])
def test_what_is_no_picture_is_damaged(data):
    with pytest.raises(LoadError, match="damaged"):
        read_image(data, stem="a")
