"""Word and OpenDocument texts: what comes out of them, and in which order."""

from __future__ import annotations

import pytest
from written import docx, odt, survives

from ingest.readers.extraction import Problem
from ingest.readers.opendocument.odt import read_odt
from ingest.readers.word.docx import read_docx
from phi_assistant.errors import LoadError, NoText


def word(body: str, **parts: str) -> str:
    return read_docx(docx(body, **parts), stem="a").text


def writer(body: str, **members: str) -> str:
    return read_odt(odt(body, **members), stem="a").text


def p(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def r(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def cell(inner: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


H1 = '<w:outlineLvl w:val="0"/>'


# Word


def test_the_headers_and_footers_of_all_pages_are_kept_once_and_page_numbers_dropped():
    number = '<w:fldSimple w:instr="PAGE"><w:r><w:t>3</w:t></w:r></w:fldSimple>'
    text = word(
        p(r("The body.")),
        header=p(r("ACME handbook")) + p(r("ACME handbook")),
        footer=p(r("Page ") + number + r(" of 12")) + p(r("Confidential")),
    )
    assert text == "ACME handbook\n\nThe body.\n\nConfidential"


def test_notes_stand_at_the_end_of_their_section_and_leave_no_mark_in_the_sentence():
    body = (
        p(r("Leave"), H1)
        + p(r("Twenty days") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + r(" a year."))
        + p(r("All of them paid.") + '<w:r><w:endnoteReference w:id="1"/></w:r>')
        + p(r("Sickness"), H1)
    )
    text = word(
        body,
        footnotes=f'<w:footnote w:id="2">{p(r("Or ten, part-time."))}</w:footnote>',
        endnotes=f'<w:endnote w:id="1">{p(r("See the contract."))}</w:endnote>',
    )
    assert text == (
        "# Leave\n\nTwenty days a year.\n\nAll of them paid.\n\nOr ten, part-time.\n\nSee the contract.\n\n# Sickness"
    )


def test_what_was_deleted_or_hidden_or_commented_is_left_out_and_what_was_inserted_stays():
    body = p(
        f"{r('You must')}<w:del><w:r><w:delText> never</w:delText></w:r></w:del><w:ins>{r(' always')}</w:ins>"
        f"<w:moveFrom>{r(' moved')}</w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t> secretly</w:t></w:r>"
        f'{r(" ask.")}<w:r><w:commentReference w:id="0"/></w:r>'
    )
    assert word(body, comments=f'<w:comment w:id="0">{p(r("Really?"))}</w:comment>') == "You must always ask."


def test_links_fields_and_content_controls_give_the_words_that_are_printed():
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF a</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + r("chapter 2")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = p(f"{r('See ')}<w:hyperlink>{r('the manual')}</w:hyperlink>{r(', ')}{field}{r('.')}")
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{p(r('Name: Ada'))}</w:sdtContent></w:sdt>"
    assert word(body + control) == "See the manual, chapter 2.\n\nName: Ada"


def test_a_text_box_is_read_once_though_word_stores_it_twice():
    box = f"<w:txbxContent>{p(r('In a box.'))}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice><wps:txbx>{box}</wps:txbx></mc:Choice>"
        f"<mc:Fallback><v:textbox>{box}</v:textbox></mc:Fallback></mc:AlternateContent>"
    )
    assert word(p(f"{r('Before.')}<w:r>{both}</w:r>") + p(r("After."))) == "Before.\n\nIn a box.\n\nAfter."


def test_merged_cells_are_repeated_and_a_table_within_a_cell_is_words_of_it():
    inner = f"<w:tbl>{row(cell(p(r('paid'))), cell(p(r('monthly'))))}</w:tbl>"
    table = (
        row(cell(p(r("Kind"))), cell(p(r("Days")), '<w:gridSpan w:val="2"/>'))
        + row(cell(p(r("Leave")), '<w:vMerge w:val="restart"/>'), cell(p(r("20"))), cell(inner))
        + row(cell(p(""), "<w:vMerge/>"), cell(p(r("5"))), cell(p(r("unpaid"))))
    )
    assert word(f"<w:tbl>{table}</w:tbl>") == (
        "| Kind | Days | Days |\n| --- | --- | --- |\n| Leave | 20 | paid monthly |\n| Leave | 5 | unpaid |"
    )


def test_a_table_that_only_arranges_the_page_is_read_as_text():
    table = row(cell(p(r("Leave"), H1) + p(r("Twenty days."))), cell(p(r("On the side."))))
    assert word(f"<w:tbl>{table}</w:tbl>") == "# Leave\n\nTwenty days.\n\nOn the side."


def test_a_formula_stands_in_its_sentence_as_one_would_type_it():
    formula = (
        "<m:oMath><m:r><m:t>E=</m:t></m:r><m:f><m:num><m:r><m:t>m</m:t></m:r></m:num><m:den><m:r><m:t>a+b</m:t></m:r>"
        "</m:den></m:f><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
    )
    assert word(p(f"{r('Here ')}{formula}{r(' holds.')}")) == "Here E=m/(a+b) c^2 holds."


def test_lists_are_numbered_as_word_prints_them_and_begin_anew_where_it_does():
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for depth, form, text in ((0, "decimal", "%1."), (1, "lowerLetter", "%1.%2)"))
    )
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbering = f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>' + "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="7"/>{override}</w:num>'
        for number, override in ((1, ""), (2, ""), (3, restart))
    )

    def item(text: str, number: int, depth: int = 0) -> str:
        return p(r(text), f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')

    body = item("a", 1) + item("b", 1, 1) + item("c", 1, 1) + item("d", 2) + item("e", 3)
    assert word(body, numbering=numbering) == "1. a\n  1.a) b\n  1.b) c\n2. d\n1. e"


def test_headings_are_known_by_what_their_style_inherits_and_contents_are_left_out():
    styles = (
        '<w:style w:styleId="H"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="Mine"><w:name w:val="Clause"/><w:basedOn w:val="H"/></w:style>'
        '<w:style w:styleId="C"><w:name w:val="toc 1"/></w:style>'
    )
    body = p(r("Leave 3"), '<w:pStyle w:val="C"/>') + p(r("Leave"), '<w:pStyle w:val="Mine"/>') + p(r("Text."))
    assert word(body, styles=styles) == "## Leave\n\nText."


def test_documents_of_the_strict_kind_are_read_like_the_others():
    assert word(p(r("Leave"), H1) + p(r("Text.")), strict=True) == "# Leave\n\nText."


def test_a_damaged_part_beside_the_text_is_reported_and_the_text_is_read():
    document = read_docx(docx(p(r("The body.")), footer="<broken"), stem="a")
    assert document.text == "The body."
    assert [problem.where for problem in document.problems] == ["word/footer.xml"]
    assert isinstance(document.problems[0], Problem)


def test_nothing_that_a_document_mentions_is_opened(tmp_path):
    (tmp_path / "secret.txt").write_text("SECRET")
    entity = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    assert word(p(f"<w:r><w:t>See &x;.</w:t></w:r>{r(' Words.')}"), prologue=entity).endswith("Words.")
    assert "SECRET" not in word(p("<w:r><w:t>See &x;.</w:t></w:r>"), prologue=entity)


# OpenDocument

STYLES = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
    'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>'
    "</text:list-style>"
    '<style:style style:name="P" style:family="paragraph" style:parent-style-name="Title"/>'
)


def item(inner: str) -> str:
    return f"<text:list-item>{inner}</text:list-item>"


def test_an_opendocument_text_keeps_its_headings_blanks_and_line_breaks():
    body = (
        '<text:p text:style-name="P">The title</text:p><text:h text:outline-level="2">Leave</text:h>'
        '<text:p>Twenty<text:s text:c="3"/>days<text:tab/>of\n leave<text:line-break/>a '
        "<text:span>year</text:span>.<text:soft-page-break/></text:p>"
    )
    assert writer(body, styles=STYLES) == "# The title\n\n## Leave\n\nTwenty days of leave\na year."


def test_opendocument_lists_count_on_where_they_say_so():
    nested = f"<text:list>{item('<text:p>b</text:p>')}{item('<text:p>c</text:p>')}</text:list>"
    body = (
        f'<text:list text:style-name="L">{item("<text:p>a</text:p><text:p>more of a</text:p>" + nested)}</text:list>'
        "<text:p>Between.</text:p>"
        f'<text:list text:style-name="L" text:continue-numbering="true">{item("<text:p>d</text:p>")}</text:list>'
        f'<text:list text:style-name="L">{item("<text:p>e</text:p>")}</text:list>'
    )
    assert writer(body, styles=STYLES) == "1. a\n  more of a\n  a) b\n  b) c\n\nBetween.\n\n2. d\n1. e"


def test_opendocument_tables_repeat_what_spans_and_skip_what_is_covered():
    body = (
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Kind</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-spanned="2"><text:p>Days</text:p></table:table-cell>'
        "<table:covered-table-cell/></table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
        '<text:p>Leave</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2">'
        "<text:p>20</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert writer(body) == "| Kind | Days | Days |\n| --- | --- | --- |\n| Leave | 20 | 20 |"


def test_opendocument_notes_frames_and_headers_are_kept_and_comments_and_deletions_are_not():
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p>Twenty days<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>Or ten.</text:p></text:note-body></text:note> a year.<office:annotation>"
        "<text:p>Really?</text:p></office:annotation><draw:frame><draw:text-box><text:p>In a box.</text:p>"
        "</draw:text-box></draw:frame></text:p>"
    )
    furniture = (
        "<style:header><text:p>ACME</text:p></style:header><style:footer><text:p>Page <text:page-number>1"
        "</text:page-number></text:p></style:footer>"
    )
    assert writer(body, furniture=furniture) == "ACME\n\nTwenty days a year.\n\nIn a box.\n\nOr ten."


def test_an_opendocument_formula_stands_in_its_sentence():
    body = (
        '<text:p>Here <draw:frame><draw:object xlink:href="./Object 1" xmlns:xlink="http://www.w3.org/1999/xlink"/>'
        "<draw:image/></draw:frame> holds.</text:p>"
    )
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>A</mi><mo>=</mo><msup><mi>r</mi><mn>2</mn>'
        "</msup></mrow><annotation>A = r^2</annotation></semantics></math>"
    )
    assert writer(body, **{"Object 1__content": formula}) == "Here A = r^2 holds."


# Both


@pytest.mark.parametrize(
    ("read", "document"),
    [(read_docx, docx(p("<w:r><w:drawing/></w:r>"))), (read_odt, odt("<text:p><draw:frame/></text:p>"))],
)
def test_a_document_of_pictures_has_no_text(read, document):
    with pytest.raises(NoText, match="pictures"):
        read(document, stem="a")


@pytest.mark.parametrize("read", [read_docx, read_odt])
@pytest.mark.parametrize("data", [b"Plain words.", b"PK\x03\x04", odt("")[:-30], b""])
def test_what_is_no_package_is_damaged(read, data):
    with pytest.raises(LoadError, match="damaged"):
        read(data, stem="a")


def test_a_damaged_document_is_read_or_refused_and_nothing_else():
    survives(read_docx, docx(p(r("Leave"), H1) + f"<w:tbl>{row(cell(p(r('a'))), cell(p(r('b'))))}</w:tbl>"))
    survives(read_odt, odt(f'<text:list text:style-name="L">{item("<text:p>a</text:p>")}</text:list>', styles=STYLES))
