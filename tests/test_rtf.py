r"""Rich Text: character sets, groups that say nothing, tables, and files that are cut short."""

from __future__ import annotations

import pytest
from written import survives

from ingest.readers.options import DEFAULTS
from ingest.readers.rtf.document import read_rtf
from phi_assistant.errors import LoadError, NoText


def read(body: str | bytes, head: str = r"\ansi\ansicpg1252\deff0") -> str:
    body = body.encode("ascii") if isinstance(body, str) else body
    return read_rtf(rb"{\rtf1" + head.encode() + body + b"}", stem="a", options=DEFAULTS).text


def escaped(text: str, codec: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(codec))


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        (0, "cp1252", "naïve “café” – 5 €"),
        (128, "cp932", "ゾルゲの処刑記録、表示"),
        (134, "gbk", "中文文本"),
        (136, "cp950", "繁體中文"),
        (129, "cp949", "한국어"),
        (161, "cp1253", "Ελληνικά"),
        (177, "cp1255", "עברית"),
        (178, "cp1256", "العربية"),
        (204, "cp1251", "Привет, мир"),
        (238, "cp1250", "Zażółć gęślą jaźń"),
    ],
)
def test_the_font_says_in_which_character_set_its_text_is(charset, codec, text):
    fonts = rf"{{\fonttbl{{\f0\fcharset0 Arial;}}{{\f1\fnil\fcharset{charset}{{\*\falt Other;}}Font;}}}}"
    assert read(rf"{fonts}\f0 Words: \f1 {escaped(text, codec)}\f0  end.\par") == f"Words: {text} end."


@pytest.mark.parametrize(
    ("head", "codec", "text"),
    [
        (r"\ansi\ansicpg1251", "cp1251", "Привет"),
        (r"\ansi\ansicpg932", "cp932", "日本語"),
        (r"\mac", "mac_roman", "Café"),
        (r"\pc", "cp437", "Café"),
        (r"\ansi", "cp1252", "Café"),
    ],
)
def test_where_no_font_does_the_document_says_it(head, codec, text):
    assert read(rf"{{\fonttbl{{\f0\fcharset0 Arial;}}}}\f0 {escaped(text, codec)}\par", head) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"It\u8217?s 5\~\u8364 ?.", "It’s 5 €."),
        (r"\uc2\u26085\'93\'fa\uc1\u26412?", "日本"),
        (r"\uc0\u8220 so\u8221", "“so”"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"\ldblquote so\rdblquote\emdash it\rquote s\endash\bullet", "“so”—it’s–•"),
        (r"a\{b\}\\c\_d\-e", "a{b}\\c\u2011de"),
        ("one \r\ntwo\\line three\\\nfour", "one two\nthree\n\nfour"),
    ],
)
def test_unicode_and_signs_are_read(body, text):
    assert read(body) == text


def test_a_sign_of_a_picture_font_is_the_character_that_it_shows():
    fonts = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset2 Symbol;}{\f2\fcharset2 Wingdings;}}"
    assert read(rf"{fonts}\f0 A {{\f1 a\'b3}}{{\f2\'fc}}") == "A α≥✓"


def test_headings_are_known_by_style_by_name_and_by_outline():
    styles = r"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\s2\sbasedon1 Clause;}{\s3\outlinelevel2 Own;}}"
    body = r"\pard\s1 One\par\pard\s2 Two\par\pard\s3 Three\par\pard\outlinelevel1 Four\par\pard Text.\par"
    assert read(styles + body) == "# One\n\n# Two\n\n### Three\n\n## Four\n\nText."


def test_lists_have_the_markers_that_the_file_holds_whatever_its_list_table_says():
    body = (
        r"{\*\listtable{\list}{\listoverride 7}{\*\listoverridetable}}{\pard{\listtext\f3\'b7\tab}\ilvl0 First\par}"
        r"{\pard{\listtext 1)\tab}\ilvl1 Second\par}"
    )
    assert read(body) == "- First\n  1) Second"


def test_tables_keep_merged_and_nested_cells():
    body = (
        r"\trowd\cellx1000\cellx3000\pard\intbl Kind\cell Days\cell\row"
        r"\trowd\clvmgf\cellx1000\cellx2000\cellx3000\pard\intbl Leave\cell 20\cell paid\cell\row"
        r"\trowd\clvmrg\cellx1000\cellx2000\cellx3000\pard\intbl\cell 5\cell"
        r"\pard\intbl\itap2 in a\nestcell in b\nestcell{\*\nesttableprops\trowd\cellx2500\cellx3000\nestrow}"
        r"{\nonesttables\par}\pard\intbl\itap1 unpaid\cell\row\pard After.\par"
    )
    assert read(body) == (
        "| Kind | Days | Days |\n| --- | --- | --- |\n| Leave | 20 | paid |\n| Leave | 5 | in a in b unpaid |\n\nAfter."
    )


def test_notes_boxes_and_headers_are_kept_and_what_is_not_printed_is_not():
    body = (
        r"{\info{\title The manual}{\author Ada}}{\header\pard ACME\par}{\headerf\pard ACME\par}"
        r"{\footer\pard Page {\field{\*\fldinst PAGE}{\fldrslt 3}}\par}"
        r"\pard Twenty days{\super\chftn{\*\footnote\pard\chftn  Or ten.}} a {\deleted long }{\v secret }year."
        r"{\*\annotation Really?}{\*\unknown{\b nothing}}"
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt\pard In a box.\par}}}"
        r" See {\field{\*\fldinst HYPERLINK x}{\fldrslt the manual}}.{\pict\pngblip 89504e47}\par"
    )
    document = read_rtf(rf"{{\rtf1\ansi{body}}}".encode(), stem="a", options=DEFAULTS)
    assert document.text == "ACME\n\nTwenty days a year. See the manual.\n\nIn a box.\n\nOr ten."
    assert document.title == "The manual"


def test_a_large_picture_is_passed_over_in_no_time_even_with_braces_in_it():
    picture = rb"{\pict\bin6 }}{{\\}" + b"{\\pict " + b"0123456789abcdef\r\n" * 500_000 + b"}"
    assert read(rb"Before. " + picture + rb" After.\par") == "Before. After."


def test_a_file_that_is_cut_short_is_read_as_far_as_it_goes_and_says_so():
    document = read_rtf(rb"{\rtf1\ansi Words to keep.\par And", stem="a", options=DEFAULTS)
    assert document.text == "Words to keep.\n\nAnd"
    assert [problem.where for problem in document.problems] == ["the end"]


def test_what_is_no_rich_text_or_nests_without_end_is_damaged():
    for data in (b"Words.", b"{\\rtf1" + b"{" * 100_000):
        with pytest.raises(LoadError, match="damaged"):
            read_rtf(data, stem="a", options=DEFAULTS)
    with pytest.raises(NoText):
        read(r"{\pict 00}")


def test_a_damaged_file_is_read_or_refused_and_nothing_else():
    table = r"\trowd\cellx1\cellx9\intbl a\cell b\cell\row"
    survives(read_rtf, rf"{{\rtf1{{\fonttbl{{\f0\fcharset128 A;}}}}\u8364?{table}\pard\s1 \'83\'5d\par}}".encode())
