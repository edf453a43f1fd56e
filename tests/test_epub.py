"""E-books: chapters in reading order, their titles, and what is no part of them."""

from __future__ import annotations

import pytest
from written import epub, package, survives

from ingest.readers.markup.epub import read_epub
from phi_assistant.errors import EncryptedFile, LoadError, NoText

NAV = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
NCX = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'


def contents(*entries: tuple[str, str]) -> str:
    links = "".join(f'<li><a href="{href}">{label}</a></li>' for label, href in entries)
    return f'<body><nav epub:type="toc"><ol>{links}</ol></nav></body>'


def test_chapters_come_in_the_order_of_reading_without_the_table_of_contents():
    book = epub(
        {"b": "<h1>Second</h1><p>Two.</p>", "a": "<h1>First</h1><p>One.</p>"},
        more=NAV,
        spine='<itemref idref="nav"/><itemref idref="a"/><itemref idref="b" linear="no"/>',
        **{"book__nav.xhtml": contents(("First", "a.xhtml"), ("Second", "b.xhtml"))},
    )
    document = read_epub(book, stem="x")
    assert document.text == "# First\n\nOne.\n\n# Second\n\nTwo."
    assert document.title == "A book"


def test_a_chapter_without_a_heading_has_that_of_the_table_of_contents():
    book = epub(
        {"a": "<p>Words of one.</p>", "b": '<p class="title" id="x">Two, and more</p><p>Words of two.</p>'},
        more=NAV,
        **{"book__nav.xhtml": contents(("One", "a.xhtml"), ("Two, and  more", "b.xhtml#x"))},
    )
    assert read_epub(book, stem="x").text == "# One\n\nWords of one.\n\n# Two, and more\n\nWords of two."


def test_an_older_book_has_its_contents_in_another_form():
    points = "".join(
        f'<navPoint><navLabel><text>{label}</text></navLabel><content src="{src}"/></navPoint>'
        for label, src in (("One", "a.xhtml"), ("Two", "b.xhtml"))
    )
    book = epub(
        {"a": "<p>Words of one.</p>", "b": "<h2>Second</h2><p>Words of two.</p>"}, more=NCX, **{"book__toc.ncx": points}
    )
    assert read_epub(book, stem="x").text == "# One\n\nWords of one.\n\n## Second\n\nWords of two."


def test_notes_stay_and_their_marks_page_numbers_and_readings_go():
    text = (
        '<section><header><h1>Leave</h1></header><p>Twenty days<a epub:type="noteref" href="#n">1</a> a '
        '<span epub:type="pagebreak">12</span><ruby>year<rt>yir</rt></ruby>&nbsp;or so.</p>'
        '<aside epub:type="footnote" id="n"><p>Or ten.</p></aside></section>'
    )
    assert read_epub(epub({"a": text}), stem="x").text == "# Leave\n\nTwenty days a year or so.\n\nOr ten."


def test_a_formula_is_read_as_one_would_type_it():
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><msqrt><mi>x</mi></msqrt></math>'
    assert read_epub(epub({"a": f"<p>Take {formula} of it.</p>"}), stem="x").text == "Take √(x) of it."


def test_a_chapter_that_is_missing_is_reported_and_the_others_are_read():
    more = '<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>'
    document = read_epub(
        epub({"a": "<p>One.</p>"}, more=more, spine='<itemref idref="a"/><itemref idref="b"/>'), stem="x"
    )
    assert document.text == "One."
    assert [problem.where for problem in document.problems] == ["book/b.xhtml"]


def protected(algorithm: str, target: str) -> bytes:
    method = f'<EncryptedData><EncryptionMethod Algorithm="{algorithm}"/>'
    reference = f'<CipherData><CipherReference URI="{target}"/></CipherData></EncryptedData>'
    return epub({"a": "<p>Words.</p>"}, **{"META-INF__encryption.xml": method + reference})


def test_a_book_that_is_protected_against_copying_is_told_from_one_with_scrambled_fonts():
    with pytest.raises(EncryptedFile, match="DRM"):
        read_epub(protected("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "book/a.xhtml"), stem="x")
    assert read_epub(protected("http://www.idpf.org/2008/embedding", "book/f.otf"), stem="x").text == "Words."
    assert read_epub(protected("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "book/f.jpg"), stem="x").text == "Words."


def test_a_book_of_pictures_has_no_text():
    with pytest.raises(NoText, match="pictures"):
        read_epub(epub({"a": '<img src="1.png"/>', "b": '<img src="2.png"/>'}), stem="x")


def test_a_book_that_names_no_chapters_is_damaged():
    for data in (b"Words.", package({"mimetype": "application/epub+zip"}), epub({})):
        with pytest.raises(LoadError, match="damaged"):
            read_epub(data, stem="x")


def test_a_damaged_book_is_read_or_refused_and_nothing_else():
    survives(read_epub, epub({"a": "<h1>One</h1><p>Words.</p>", "b": "<p>More.</p>"}, more=NAV))
