"""Loading: what comes out of real files, and what is said of those that cannot be read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO

import docx
import pytest
from docx.document import Document
from fpdf import FPDF
from PIL import Image

from ingest.load import ENDINGS, Extraction, load_bytes
from phi_assistant.errors import EncryptedFile, LoadError, NoText, UnknownFormat

LEAVE = "Employees receive twenty days of paid leave in every calendar year."


@pytest.fixture
def loaded() -> Callable[[str, str | bytes], Extraction]:
    """Load a file of this name and content."""

    def load(name: str, content: str | bytes) -> Extraction:
        return load_bytes(content.encode() if isinstance(content, str) else content, name=name)

    return load


def pdf(*pages: str, password: str = "", title: str = "") -> bytes:
    """Lines beginning with "#" are large and bold."""
    document = FPDF()
    document.set_title(title)
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    for text in pages:
        document.add_page()
        for line in text.splitlines():
            heading = line.startswith("#")
            document.set_font("helvetica", style="B" if heading else "", size=18 if heading else 11)
            document.multi_cell(0, 6 if line else 4, line.lstrip("# "), new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


def word(write: Callable[[Document], object]) -> bytes:
    document, file = docx.Document(), BytesIO()
    document.core_properties.title = ""
    write(document)
    document.save(file)
    return file.getvalue()


# Plain text and Markdown: the file's own text


@pytest.mark.parametrize("text", ["Héllo\r\nwörld\r\n", "# Title\n\n\n  text\t\n", "no newline", "日本語。"])
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_the_text_of_a_text_file_is_its_own_character_for_character(loaded, name, text):
    assert loaded(name, text).text == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_in_every_form_and_loses_only_its_byte_order_mark(loaded, encoding):
    text = "Refunds take 5 days – naïve, isn’t it?"
    assert loaded("a.txt", text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("naïve café", "cp1252"),
        ("It’s “quoted” – 5 €", "cp1252"),
        ("Zażółć gęślą jaźń", "cp1250"),
        ("Привет, как дела? Это простой текст на русском языке.", "cp1251"),
    ],
)
def test_older_character_sets_are_guessed(loaded, text, encoding):
    assert loaded("a.txt", text.encode(encoding)).text == text


def test_one_damaged_byte_does_not_spoil_a_utf8_file(loaded):
    text = "Zürich, Köln, Москва. " * 20
    assert loaded("a.txt", text.encode() + b"\xff").text == text + "�"


@pytest.mark.parametrize("junk", [b"\x00\x01\x02 text", bytes(range(256)) * 4])
def test_binary_junk_called_text_is_refused(loaded, junk):
    with pytest.raises(LoadError, match="not a text file"):
        loaded("a.txt", junk)


# Titles and pages


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.md", "Before.\n\n## Gift cards ##\n\n# Later", "Gift cards"),
        ("gift-cards.txt", "# is no heading in a text file", "gift cards"),
        ("Report_2024-05-01.md", "No heading.", "Report 2024-05-01"),
        ("a.html", "<title>Refunds | Shop</title><h1>Refunds</h1>", "Refunds"),
        ("a.html", "<title>Refunds</title><h1>Welcome</h1>", "Refunds"),
        ("a.html", "<h2>Refunds</h2><p>Text", "Refunds"),
        ("a.pdf", pdf("# Contents\n# Leave", title="Leave policy"), "Leave policy"),
        ("a.pdf", pdf(f"# Leave\n\n{LEAVE}", title="Microsoft Word - draft3.doc"), "Leave"),
        ("a.docx", word(lambda d: d.add_heading("Leave & absence", 1)), "Leave & absence"),
    ],
)
def test_the_title_is_the_documents_own_or_its_heading_or_its_name(loaded, name, content, title):
    assert loaded(name, content).title == title


def test_pages_tile_the_text_and_are_labelled_as_a_reader_turns_to_them(loaded):
    document = loaded("a.pdf", pdf("First page.", "", "Third page."))
    assert [page.label for page in document.pages] == ["p. 1", "p. 2", "p. 3"]
    assert [document.text[page.start :][: len(page.text)] for page in document.pages] == [
        "First page.\n\n",
        "",
        "Third page.",
    ]


def test_a_page_carries_the_number_that_the_document_gives_it(loaded):
    document = FPDF()
    document.set_font("helvetica")
    for style in ("r", "r", "D"):
        document.add_page(label_style=style, label_start=None if style == "r" else 1)
        document.cell(text="Words.")
    assert [page.label for page in loaded("a.pdf", bytes(document.output())).pages] == [
        "p. i",
        "p. ii",
        "p. 1",
    ]


# HTML


def html(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("<h1>A</h1><p>b<h3>C</h3>d", "# A\n\nb\n\n### C\n\nd"),
        ("<p>R&amp;D: 5 &lt; 6 * 2, user_name [note] caf&eacute;", "R&D: 5 < 6 * 2, user_name [note] café"),
        (
            "<p>You <b>must</b> see <a href='https://x.example/a?b=1'>this page</a>.",
            "You must see this page.",
        ),
        ("<p>one\n  two<br>three", "one two\nthree"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ol start=3><li>c<li>d</ol>", "3. c\n4. d"),
        ("<dl><dt>Term<dd>Meaning<dt>Next<dd>More</dl>", "Term\nMeaning\n\nNext\nMore"),
        ("<pre>a\n  b_c</pre>", "```\na\n  b_c\n```"),
        ("<blockquote><p>a<p>b</blockquote>", "> a\n>\n> b"),
        ("<p>a<img src='data:image/png;base64,AAAA' alt=cat>b<svg><title>x</title></svg>", "ab"),
        ("<![if !IE]><p>a<![endif]><p>b<![x", "a\n\nb"),
        ("<div>loose <span>words</span></div>tail", "loose words\n\ntail"),
    ],
)
def test_html_becomes_clean_markdown(loaded, body, markdown):
    assert loaded("a.html", html(body)).text == markdown


def test_tags_may_be_missing(loaded):
    document = loaded("a.html", "<title>Refunds</title><h1>Refunds</h1>Soon.")
    assert (document.title, document.text) == ("Refunds", "# Refunds\n\nSoon.")
    assert loaded("b.html", "<html><head><title>A</title><p>b").text == "b"


def test_html_tables_become_markdown_tables_with_spanning_cells_repeated(loaded):
    table = (
        "<table><caption>Prices</caption><tr><th>Kind<th colspan=2>Price"
        "<tr><td rowspan=2>Card<td>5<td>€<tr><td>6<td>$</table>"
    )
    assert loaded("a.html", html(table)).text == (
        "Prices\n\n| Kind | Price | Price |\n| --- | --- | --- |\n| Card | 5 | € |\n| Card | 6 | $ |"
    )


def test_a_table_that_only_arranges_the_page_is_read_as_text(loaded):
    page = html("<table><tr><td><h1>News</h1><p>One.</td><td>Two.</td></tr></table>")
    assert loaded("a.html", page).text == "# News\n\nOne.\n\nTwo."


def test_what_surrounds_the_subject_of_a_page_is_dropped(loaded):
    page = html(
        "<header>Shop <h1>Refunds</h1></header><nav><a href=/>Home</a></nav><aside>Ads</aside>"
        "<script>let x</script><style>p{}</style><p>Within 14 days.</p><p hidden>Secret</p>"
        "<div role=search>Find</div><footer>© Shop</footer>"
    )
    assert loaded("a.html", page).text == "# Refunds\n\nWithin 14 days."


def test_only_the_main_part_is_read_where_a_page_says_which_it_is(loaded):
    assert loaded("a.html", html("<div>Menu</div><main><p>Text</main>")).text == "Text"


@pytest.mark.parametrize(
    ("declared", "encoding"), [("windows-1251", "cp1251"), ("iso-8859-5", "iso8859-5"), ("utf-8", "cp1251")]
)
def test_the_declared_character_set_is_honoured_unless_it_is_wrong(loaded, declared, encoding):
    text = "Возврат денег занимает пять рабочих дней после получения товара."
    page = html(f"<p>{text}", head=f'<meta charset="{declared}">')
    assert loaded("a.html", page.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("<ul><li>a<ul><li>b</ul>tail</ul>", "- a\n  - b\n\n  tail"),
        ("<ul>x<li>a</li><ul><li>b</ul></ul>", "x\n\n- a\n  - b"),
        ("<div>a<li>b<h2>c<h3></h3></div><dd>d", "a\n\nb\n\n## c\n\nd"),
        ("<table>a<tr><td>b<td>c</table>", "a\n\nb\n\nc"),
        ("<table><tr><td>a<td>b|c<tr><td colspan=100>d</table>", "| a | b\\|c |\n| --- | --- |\n| d |  |"),
        ("<p>a<br><br><br>b<!-- > -->c", "a\n\nbc"),
        ("<pre>a\n\n\n  b</pre><pre> </pre>", "```\na\n\n\n  b\n```"),
        ("<ol start=²><li>a</ol>", "1. a"),
    ],
)
def test_no_word_of_odd_html_is_lost_or_joined_to_another(loaded, body, markdown):
    assert loaded("a.html", html(body)).text == markdown


def test_a_table_of_boundless_spans_is_read_as_text(loaded):
    cells = "<td colspan=49 rowspan=9999>x" * 300
    assert loaded("a.html", html(f"<table><tr>{cells}{'<tr><td>y<td>z' * 300}</table>")).text.count("|") == 0


def test_boundless_nesting_is_reported(loaded):
    with pytest.raises(LoadError, match="too deeply"):
        loaded("a.html", html("<div>w " * 2000 + "</div>v " * 2000))


# PDF


def test_a_pdf_paragraph_is_one_line_and_its_heading_is_marked(loaded):
    text = " ".join([LEAVE] * 4)
    document = loaded("a.pdf", pdf(f"# Paid leave & R&D_x\n\n{text}\n\nAnother paragraph."))
    assert document.text == f"# Paid leave & R&D_x\n\n{text}\n\nAnother paragraph."


def test_a_word_broken_at_the_end_of_a_line_is_whole_again(loaded):
    line = "The words of this long line go on and on to fill the width of the page for infor-\nmation."
    assert "for information." in loaded("a.pdf", pdf(line)).text


def test_a_hyphen_that_belongs_to_the_word_stays(loaded):
    line = "The words of this long line go on and on to fill the width of a self-\nservice."
    text = f"A self-service desk.\n\n{line}"
    assert loaded("a.pdf", pdf(text)).text.endswith("a self-service.")


def test_lists_in_a_pdf_stay_lists(loaded):
    text = f"{LEAVE}\n- One thing\n- Another thing\n1. First\n2. Second"
    assert loaded("a.pdf", pdf(text)).text.endswith("\n- One thing\n- Another thing\n1. First\n2. Second")


def test_a_table_in_a_pdf_appears_once_and_as_a_table(loaded):
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=11)
    with document.table() as table:
        for row in (["Kind", "Days"], ["Sick leave", "10"], ["Sabbatical", "90"]):
            table.row(row)
    text = loaded("a.pdf", bytes(document.output())).text
    assert text == "| Kind | Days |\n| --- | --- |\n| Sick leave | 10 |\n| Sabbatical | 90 |"


def test_page_headers_and_page_numbers_are_dropped(loaded):
    subjects = {1: "leave", 2: "travel", 3: "training"}
    pages = [
        f"ACME Handbook\n\n# Chapter {n}\n\n{f'What we pay for {about} is agreed on before. ' * 30}\n\nPage {n} of 3"
        for n, about in subjects.items()
    ]
    text = loaded("a.pdf", pdf(*pages)).text
    assert "ACME" not in text
    assert "of 3" not in text
    assert text.count("# Chapter") == 3


# Word


def test_word_headings_lists_and_tables_become_markdown(loaded):
    def write(document: Document) -> None:
        document.add_heading("Leave", 1)
        document.add_heading("How to ask", 2)
        document.add_paragraph("Open the app", style="List Number")
        document.add_paragraph("Press the button", style="List Number")
        document.add_paragraph("A note", style="List Bullet")
        table = document.add_table(2, 2)
        for cell, text in zip(table._cells, ["Kind", "Days", "Sick\nleave", "10"], strict=True):
            cell.text = text

    assert loaded("a.docx", word(write)).text == (
        "# Leave\n\n## How to ask\n\n1. Open the app\n2. Press the button\n- A note\n\n"
        "| Kind | Days |\n| --- | --- |\n| Sick leave | 10 |"
    )


def test_a_word_list_goes_on_counting_after_a_paragraph_as_word_prints_it(loaded):
    def write(document: Document) -> None:
        document.add_paragraph("Open the app", style="List Number")
        document.add_paragraph("It takes a while.")
        document.add_paragraph("Press the button", style="List Number")

    text = loaded("a.docx", word(write)).text
    assert text == "1. Open the app\n\nIt takes a while.\n\n2. Press the button"


def test_the_words_of_a_word_document_are_quoted_as_they_stand(loaded):
    text = 'R&D: 5 < 6 > 4, user_name, 20%, *stars*, [1], C#, "quoted" – it\'s 1. done!'
    assert loaded("a.docx", word(lambda d: d.add_paragraph(text))).text == text


def test_emphasis_and_tabs_leave_no_marks(loaded):
    def write(document: Document) -> None:
        paragraph = document.add_paragraph("You ")
        paragraph.add_run("must").bold = True
        paragraph.add_run("\tnot.")

    assert loaded("a.docx", word(write)).text == "You must not."


# What cannot be read


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf", "a.docx"])
def test_an_empty_file_holds_no_text(loaded, name):
    with pytest.raises(NoText, match="is empty"):
        loaded(name, b"")


@pytest.mark.parametrize("content", [pdf(""), word(lambda d: None), " \n", html("<script>x</script>")])
def test_a_document_without_words_holds_no_text(loaded, content):
    name = "a.pdf" if content[:1] == b"%" else "a.docx" if content[:1] == b"P" else "a.html"
    with pytest.raises(NoText):
        loaded(name, content)


def test_a_scan_is_reported_as_a_scan(loaded):
    document = FPDF()
    document.add_page()
    document.image(Image.new("L", (8, 8), color=128), w=100)
    with pytest.raises(NoText, match="probably a scan"):
        loaded("a.pdf", bytes(document.output()))


def test_an_encrypted_pdf_wants_a_password(loaded):
    with pytest.raises(EncryptedFile, match="password"):
        loaded("a.pdf", pdf("Secret.", password="secret"))


@pytest.mark.parametrize("name", ["a.docx", "a.pdf"])
def test_a_truncated_document_is_damaged(loaded, name):
    whole = word(lambda d: d.add_paragraph(LEAVE)) if name == "a.docx" else pdf(LEAVE)
    with pytest.raises(LoadError, match="damaged"):
        loaded(name, whole[:300])


@pytest.mark.parametrize("name", ["notes.notes", "prices.json", "README.de", "Makefile"])
def test_a_text_is_read_whatever_its_ending(loaded, name):
    assert loaded(name, '{"espresso": "2.20"}').text == '{"espresso": "2.20"}'


def test_what_is_no_text_and_of_an_unknown_ending_is_refused_with_the_list_of_readable_ones(loaded):
    with pytest.raises(UnknownFormat, match=r"\.xyz.*\.docx.*\.md"):
        loaded("a.xyz", b"\x00\x01\x02\x03")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.docx", "a.html"])
def test_a_pdf_is_read_as_a_pdf_whatever_it_is_called(loaded, name):
    assert loaded(name, pdf("Words.")).text == "Words."


def test_a_failed_download_called_pdf_is_read_as_the_page_it_is(loaded):
    assert loaded("a.pdf", html("<p>Not found")).text == "Not found"


@pytest.mark.parametrize(("name", "content"), [("a.pdf", "Plain words."), ("a.docx", "Plain words.")])
def test_a_text_called_otherwise_is_not_what_its_ending_says(loaded, name, content):
    with pytest.raises(LoadError, match="not what its ending says"):
        loaded(name, content)


@pytest.mark.parametrize("name", ["a.docx", "a.txt"])
def test_another_archive_is_not_read_as_a_document(loaded, name):
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.bin", b"\x00\x01")
    with pytest.raises(LoadError):
        loaded(name, file.getvalue())


def test_a_reason_never_holds_the_name(loaded):
    for suffix in ENDINGS:
        with pytest.raises(LoadError) as caught:
            loaded(f"salaries{suffix}", b"\x00\x01\x02\x03")
        assert "salaries" not in str(caught.value)
        assert str(caught.value).endswith(".")


def test_nothing_is_printed_or_written(loaded, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    loaded("a.docx", word(lambda d: d.add_paragraph(LEAVE)))
    loaded("a.pdf", pdf(LEAVE))
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")
