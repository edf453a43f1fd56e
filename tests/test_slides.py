"""Slides: each is a page with its number, and reads as it is presented."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from old_slides import deck as old_deck
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from written import ole

from ingest.readers.extraction import Extraction
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.slides.deck import read_odp, read_ppt, read_pptx
from phi_assistant.errors import EncryptedFile, LoadError, NoText

TITLE_ONLY, TITLE_AND_BODY, TWO_COLUMNS, BLANK = 5, 1, 4, 6


def pptx(*write: Callable[[Any], object], layout: int = BLANK) -> bytes:
    """A deck with a slide for each of these."""
    deck, file = Presentation(), BytesIO()
    deck.core_properties.title = ""
    for each in write:
        each(deck.slides.add_slide(deck.slide_layouts[layout]))
    deck.save(file)
    return file.getvalue()


def read(*write: Callable[[Any], object], layout: int = BLANK) -> Extraction:
    return read_pptx(pptx(*write, layout=layout), stem="a", options=DEFAULTS)


def text_of(write: Callable[[Any], object], layout: int = BLANK) -> str:
    return read(write, layout=layout).text


def box(slide: Any, text: str, left: float = 1, top: float = 1, width: float = 3) -> Any:
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(0.5))
    shape.text_frame.text = text
    return shape


def titled(title: str, body: str = "") -> Callable[[Any], None]:
    def write(slide: Any) -> None:
        slide.shapes.title.text = title
        if body:
            slide.placeholders[1].text = body

    return write


def parts_changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return file.getvalue()


# What stands on a slide


def test_a_slide_is_a_page_with_its_number_and_its_title_a_heading():
    document = read(titled("Leave", "Ask early"), titled("Pay"), layout=TITLE_AND_BODY)
    assert [(page.label, page.text) for page in document.pages] == [
        ("slide 1", "# Leave\n\n- Ask early\n\n"),
        ("slide 2", "# Pay"),
    ]
    assert document.title == "Leave"


def test_slides_count_from_the_number_that_the_deck_says():
    data = parts_changed(
        pptx(lambda slide: box(slide, "Words")),
        lambda name, part: (
            part.replace(b"<p:presentation ", b'<p:presentation firstSlideNum="7" ', 1)
            if name == "ppt/presentation.xml"
            else part
        ),
    )
    assert [page.label for page in read_pptx(data, stem="a", options=DEFAULTS).pages] == ["slide 7"]


def test_bullets_come_from_the_layout_and_levels_are_indented():
    def write(slide: Any) -> None:
        frame = slide.placeholders[1].text_frame
        frame.text = "Apply"
        for text, level in (("in the app", 1), ("Wait", 0)):
            paragraph = frame.add_paragraph()
            paragraph.text, paragraph.level = text, level
        box(slide, "No bullet here", top=6)

    assert text_of(write, TITLE_AND_BODY) == "- Apply\n  - in the app\n- Wait\n\nNo bullet here"


def test_numbers_of_lists_are_counted_as_they_are_shown():
    def write(slide: Any) -> None:
        frame = box(slide, "Open").text_frame
        for text in ("Press", "Wait"):
            frame.add_paragraph().text = text
        for paragraph in frame.paragraphs[:2]:
            properties = paragraph._p.get_or_add_pPr()
            properties.append(properties.makeelement(f"{A}buAutoNum", {"type": "alphaLcParenR", "startAt": "2"}))

    assert text_of(write) == "b) Open\nc) Press\n\nWait"


A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def test_text_is_read_from_top_to_bottom_and_from_left_to_right():
    def write(slide: Any) -> None:
        box(slide, "Last", top=5, width=8)
        box(slide, "Right", left=5, top=3)
        box(slide, "Left", left=1, top=3)
        box(slide, "First", top=1)

    assert text_of(write) == "First\n\nLeft\n\nRight\n\nLast"


def test_columns_are_read_one_after_the_other():
    def write(slide: Any) -> None:
        slide.shapes.title.text = "Compared"
        for place, text in enumerate(("Old", "Slow and cheap", "New", "Fast and dear"), 1):
            slide.placeholders[place].text = text

    assert text_of(write, TWO_COLUMNS) == "# Compared\n\nOld\n\n- Slow and cheap\n\nNew\n\n- Fast and dear"


def test_tables_stay_tables_with_merged_cells_repeated():
    def write(slide: Any) -> None:
        table = slide.shapes.add_table(3, 3, Inches(1), Inches(1), Inches(6), Inches(2)).table
        for row, cells in enumerate((("Kind", "Price", ""), ("Card", "5", "€"), ("", "6", "a|b"))):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(1, 0).merge(table.cell(2, 0))

    assert text_of(write) == "| Kind | Price | Price |\n| --- | --- | --- |\n| Card | 5 | € |\n| Card | 6 | a\\|b |"


def test_shapes_in_groups_are_read():
    def write(slide: Any) -> None:
        group = slide.shapes.add_group_shape()
        inner = group.shapes.add_group_shape()
        box(inner, "Deep")
        box(group, "Above", top=0.2)

    assert text_of(write) == "Above\n\nDeep"


def test_a_chart_keeps_its_title_its_series_and_its_numbers():
    def write(slide: Any) -> None:
        data = CategoryChartData(number_format="0%")
        data.categories = ["2023", "2024"]
        data.add_series("North", (0.25, 0.5))
        data.add_series("South", (0.75, None))
        frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(4), data)
        frame.chart.has_title = True
        frame.chart.chart_title.text_frame.text = "Share of sales"

    assert text_of(write) == (
        "Share of sales\n\n|  | North | South |\n| --- | --- | --- |\n| 2023 | 25% | 75% |\n| 2024 | 50% |  |"
    )


def test_line_breaks_fields_and_entities_leave_no_marks():
    def write(slide: Any) -> None:
        slide.shapes.title.text = "Research\v& development"
        box(slide, "R&D: 5 < 6\vuser_name 20%", top=4)

    assert text_of(write, TITLE_ONLY) == "# Research & development\n\nR&D: 5 < 6 user_name 20%"


def test_notes_of_the_speaker_follow_the_slide_and_say_that_they_are_notes():
    def write(slide: Any) -> None:
        box(slide, "Words")
        slide.notes_slide.notes_text_frame.text = "Smile.\nThank the team."

    assert text_of(write) == "Words\n\nNotes: Smile.\n\nThank the team."


def footed(text: str, footer: str, kind: str = "ftr", automatic: bool = False) -> Callable[[Any], None]:
    def write(slide: Any) -> None:
        box(slide, text)
        shape = box(slide, footer, top=7)
        properties = shape._element.nvSpPr.nvPr
        properties.append(properties.makeelement(f"{P}ph", {"type": kind, "idx": "11"}))
        if automatic:
            paragraph = shape.text_frame.paragraphs[0]._p
            paragraph[-1].tag = f"{A}fld"
            paragraph[-1].set("type", "datetime1")

    return write


P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"


def test_footers_that_repeat_slide_numbers_and_the_date_of_today_are_dropped():
    text = read(footed("One", "© ACME"), footed("Two", "© ACME"), footed("Three", "Only here")).text
    assert text == "One\n\nTwo\n\nThree\n\nOnly here"
    assert read(footed("One", "7", "sldNum"), footed("Two", "5/1/2024", "dt", automatic=True)).text == "One\n\nTwo"


def test_a_text_box_that_was_copied_to_every_slide_is_read_once():
    slides = [lambda slide, n=n: (box(slide, f"Point {n}"), box(slide, "Confidential", top=7)) for n in (1, 2, 3)]
    assert read(*slides).text == "Point 1\n\nConfidential\n\nPoint 2\n\nPoint 3"


def test_hidden_slides_are_read_under_their_number():
    document = read(lambda slide: box(slide, "One"), lambda slide: (box(slide, "Two"), slide._element.set("show", "0")))
    assert [(page.label, page.text) for page in document.pages] == [("slide 1", "One\n\n"), ("slide 2", "Two")]


def test_a_deck_is_not_named_as_powerpoint_names_those_without_a_title():
    deck, file = Presentation(), BytesIO()
    deck.core_properties.title = "PowerPoint-Präsentation"
    titled("Leave")(deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY]))
    deck.save(file)
    assert read_pptx(file.getvalue(), stem="a", options=DEFAULTS).title == "Leave"


# What is missing, too much or damaged


def test_a_deck_of_pictures_holds_no_text():
    with pytest.raises(NoText, match="pictures only"):
        read(lambda slide: None)


def test_a_damaged_slide_is_reported_and_the_others_are_read():
    data = parts_changed(
        pptx(lambda slide: box(slide, "One"), lambda slide: box(slide, "Two")),
        lambda name, part: part[:300] if name == "ppt/slides/slide1.xml" else part,
    )
    document = read_pptx(data, stem="a", options=DEFAULTS)
    assert [(page.label, page.text) for page in document.pages] == [("slide 1", ""), ("slide 2", "Two")]
    assert [problem.where for problem in document.problems] == ["slide 1"]


def test_a_deck_without_its_layouts_and_pictures_is_read():
    data = parts_changed(
        pptx(titled("Leave", "Ask early"), layout=TITLE_AND_BODY),
        lambda name, part: None if "Layout" in name or "media" in name or "theme" in name else part,
    )
    assert read_pptx(data, stem="a", options=DEFAULTS).text == "# Leave\n\nAsk early"


def test_slides_beyond_the_limit_are_reported():
    data = pptx(*[lambda slide, n=n: box(slide, f"Slide {n}") for n in (1, 2, 3)])
    document = read_pptx(data, stem="a", options=Options(pages=2))
    assert document.text == "Slide 1\n\nSlide 2"
    assert "limit" in document.problems[0].reason


@pytest.mark.parametrize("reader", [read_pptx, read_ppt, read_odp])
def test_what_is_no_presentation_is_damaged(reader):
    for data in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"text"):
        with pytest.raises(LoadError, match="damaged"):
            reader(data, stem="a", options=DEFAULTS)


def test_damaged_presentations_are_read_or_refused():
    for data, reader in (
        (pptx(titled("Leave"), layout=TITLE_ONLY), read_pptx),
        (odp(ODP), read_odp),
        (ole(old_deck()), read_ppt),
    ):
        chance = random.Random(7)
        for _ in range(60):
            damaged = bytearray(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
            for _ in range(chance.randrange(1, 40)):
                if damaged:
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            try:
                reader(bytes(damaged), stem="a", options=DEFAULTS)
            except LoadError:
                continue


def test_damaged_slides_of_a_whole_package_are_read_or_refused():
    data = pptx(titled("Leave", "Ask early"), layout=TITLE_AND_BODY)
    chance = random.Random(7)
    for name in ("ppt/presentation.xml", "ppt/slides/slide1.xml", "ppt/slides/_rels/slide1.xml.rels"):
        for _ in range(20):

            def change(each: str, part: bytes, name: str = name) -> bytes:
                at = chance.randrange(len(part))
                return part[:at] + bytes([chance.randrange(256)]) + part[at + 1 :] if each == name else part

            try:
                read_pptx(parts_changed(data, change), stem="a", options=DEFAULTS)
            except LoadError:
                continue


# OpenDocument

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES = " ".join(
    f'xmlns:{name}="{_ODF}{uri}:1.0"'
    for name, uri in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
        "presentation": "presentation", "svg": "svg-compatible",
    }.items()
)  # fmt: skip
_FRAME = (
    '<draw:frame svg:x="1cm" svg:y="{}cm" svg:width="9cm" svg:height="1cm" {}>'
    "<draw:text-box>{}</draw:text-box></draw:frame>"
)
ODP = "".join(
    [
        '<draw:page draw:name="page1">',
        _FRAME.format(6, "", "<text:p>Below</text:p>"),
        _FRAME.format(
            3,
            'presentation:class="outline"',
            '<text:list text:style-name="L1"><text:list-item><text:p>Apply</text:p><text:list><text:list-item>'
            "<text:p>in the<text:line-break/>app</text:p></text:list-item></text:list></text:list-item></text:list>"
            '<text:list text:style-name="L2"><text:list-item><text:p>One</text:p></text:list-item><text:list-item>'
            "<text:p>Two</text:p></text:list-item></text:list>",
        ),
        _FRAME.format(1, 'presentation:class="title"', "<text:p>Leave</text:p>"),
        _FRAME.format(9, 'presentation:class="page-number"', "<text:p>7</text:p>"),
        "<presentation:notes>",
        _FRAME.format(5, 'presentation:class="notes"', "<text:p>Smile.</text:p>"),
        "</presentation:notes></draw:page><draw:page><draw:frame><table:table><table:table-row>",
        '<table:table-cell table:number-columns-spanned="2"><text:p>Price</text:p></table:table-cell>',
        "<table:covered-table-cell/></table:table-row><table:table-row><table:table-cell><text:p>5</text:p>",
        "</table:table-cell><table:table-cell><text:p>€</text:p></table:table-cell></table:table-row></table:table>",
        "</draw:frame></draw:page>",
    ]
)


def odp(pages: str) -> bytes:
    styles = (
        '<text:list-style style:name="L1"><text:list-level-style-bullet text:level="1" text:bullet-char="●"/>'
        '<text:list-level-style-bullet text:level="2" text:bullet-char="–"/></text:list-style>'
        '<text:list-style style:name="L2"><text:list-level-style-number text:level="1" style:num-format="1"/>'
        "</text:list-style>"
    )
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr(
            "content.xml",
            f"<office:document-content {_NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:presentation>{pages}</office:presentation></office:body></office:document-content>",
        )
    return file.getvalue()


def test_an_opendocument_presentation_reads_as_a_powerpoint_one_does():
    document = read_odp(odp(ODP), stem="a", options=DEFAULTS)
    assert [(page.label, page.text) for page in document.pages] == [
        ("slide 1", "# Leave\n\n- Apply\n  - in the app\n\n1. One\n2. Two\n\nBelow\n\nNotes: Smile.\n\n"),
        ("slide 2", "| Price | Price |\n| --- | --- |\n| 5 | € |"),
    ]
    assert document.title == "Leave"


# PowerPoint 97


def test_an_old_presentation_is_read_slide_by_slide():
    document = read_ppt(ole(old_deck()), stem="a", options=DEFAULTS)
    assert [(page.label, page.text) for page in document.pages] == [
        ("slide 3", "# Leave – how\n\n- Apply\n- Wait\n\nBelow it\n\nNotes: Smile.\n\n"),
        ("slide 4", "| Price | Price |\n| --- | --- |\n| 5 | € |"),
    ]
    assert document.title == "Leave – how"


def test_an_encrypted_old_presentation_wants_a_password():
    with pytest.raises(EncryptedFile, match="password"):
        read_ppt(ole(old_deck(token=0xF3D1C4DF)), stem="a", options=DEFAULTS)


def test_a_presentation_older_than_97_says_what_to_do():
    with pytest.raises(LoadError, match=r"PowerPoint 95.*\.pptx"):
        read_ppt(ole({"PP40": b"x"}), stem="a", options=DEFAULTS)
