r"""Messages of Outlook, made property by property: bodies in every form, character sets, and what is attached."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import pytest
from written import ole, survives

from ingest.load import load_bytes
from ingest.readers.extraction import Extraction
from ingest.readers.mail.outlook import read_msg
from phi_assistant.errors import EncryptedFile, LoadError, NoText

SUBJECT, BODY, HTML, RTF, HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
CODE_PAGE, INTERNET_CODE_PAGE, SENT = 0x3FFD, 0x3FDE, 0x0039
NAME, ADDRESS, KIND = 0x3001, 0x39FE, 0x0C15
DATA, FILE_NAME, MIME, CONTENT_ID, METHOD = 0x3701, 0x3707, 0x370E, 0x3712, 0x3705

Properties = Mapping[int, str | bytes | int | datetime]
Streams = dict[str, bytes]
TO, CC = {KIND: 1}, {KIND: 2}


def properties(values: Properties, *, head: int, codec: str = "") -> Streams:
    """Texts in Unicode; in an older character set where a codec is given."""
    fixed, streams = bytes(head), Streams()
    for tag, value in values.items():
        if isinstance(value, datetime):
            ticks = (value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10_000_000
            fixed += struct.pack("<HHIQ", 0x40, tag, 6, int(ticks))
        elif isinstance(value, int):
            fixed += struct.pack("<HHIQ", 0x03, tag, 6, value)
        elif isinstance(value, bytes):
            streams[f"__substg1.0_{tag:04X}0102"] = value
        elif codec:
            streams[f"__substg1.0_{tag:04X}001E"] = value.encode(codec)
        else:
            streams[f"__substg1.0_{tag:04X}001F"] = value.encode("utf-16-le")
    return {"__properties_version1.0": fixed, **streams}


def streams(
    values: Properties,
    *,
    recipients: Sequence[Properties] = (),
    attached: Sequence[Properties | Streams] = (),
    codec: str = "",
    head: int = 32,
) -> Streams:
    """What is attached is a file by its properties, or a message by its streams."""
    found = properties(values, head=head, codec=codec)
    for at, person in enumerate(recipients):
        found |= _in(f"__recip_version1.0_#{at:08X}", properties(person, head=8, codec=codec))
    for at, each in enumerate(attached):
        if any(isinstance(key, str) for key in each):
            part = {**properties({METHOD: 5}, head=8), **_in("__substg1.0_3701000D", each)}
        else:
            part = properties(each, head=8, codec=codec)
        found |= _in(f"__attach_version1.0_#{at:08X}", part)
    return found


def _in(folder: str, part: Streams) -> Streams:
    return {f"{folder}/{name}": data for name, data in part.items()}


def message(values: Properties, **others: object) -> bytes:
    return ole(streams(values, **others))


def read(values: Properties, **others: object) -> Extraction:
    return load_bytes(message(values, **others), name="a.msg")


def rich(text: str) -> bytes:
    """Rich Text as Outlook stores it, not packed."""
    data = text.encode("ascii")
    return struct.pack("<II", len(data) + 12, len(data)) + b"MELA" + bytes(4) + data


def test_a_message_is_shown_as_every_mail_is():
    letter = read(
        {
            SUBJECT: "Leave",
            0x0042: "Ada Lovelace",
            0x5D02: "ada@example.org",
            SENT: datetime(2024, 3, 1, 9, 30, tzinfo=UTC),
            BODY: "Twenty days a year.\r\n\r\nAda\r\n",
        },
        recipients=[
            TO | {NAME: "Bob", ADDRESS: "bob@example.org"},
            TO | {NAME: "Eve", 0x3002: "EX", 0x3003: "/O=ACME/CN=EVE"},
            CC | {NAME: "all@example.org", ADDRESS: "all@example.org"},
        ],
    )
    assert letter.title == "Leave"
    assert letter.text == (
        "# Leave\n\nFrom: Ada Lovelace <ada@example.org>\nTo: Bob <bob@example.org>; Eve\nCc: all@example.org\n"
        "Date: Fri, 01 Mar 2024 09:30:00 +0000\n\nTwenty days a year.\n\nAda"
    )


def test_what_came_over_the_internet_keeps_the_headers_that_it_came_with():
    headers = (
        "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: Bob <bob@example.org>,\r\n Eve <eve@example.org>\r\n"
        "Date: Fri, 1 Mar 2024 10:30:00 +0100\r\n\r\n"
    )
    text = read({SUBJECT: "Leave", HEADERS: headers, 0x0042: "J", BODY: "Yes."}).text
    assert text == (
        "# Leave\n\nFrom: Jürgen <j@example.org>\nTo: Bob <bob@example.org>, Eve <eve@example.org>\n"
        "Date: Fri, 1 Mar 2024 10:30:00 +0100\n\nYes."
    )


@pytest.mark.parametrize(
    ("page", "codec", "text"),
    [
        (1252, "cp1252", "Naïve café – 5 €"),
        (1251, "cp1251", "Привет, мир"),
        (932, "cp932", "会議のお知らせ"),
        (950, "cp950", "格式測試"),
        (936, "gbk", "会议通知"),
        (1256, "cp1256", "العربية"),
        (65001, "utf-8", "Zażółć gęślą jaźń"),
    ],
)
@pytest.mark.parametrize("said_in", [CODE_PAGE, INTERNET_CODE_PAGE])
def test_older_strings_are_in_the_character_set_that_the_message_names(page, codec, text, said_in):
    people = [TO | {NAME: text}]
    found = read({SUBJECT: text, BODY: f"{text}!\0", said_in: page}, recipients=people, codec=codec)
    assert found.text == f"# {text}\n\nTo: {text}\n\n{text}!"


def test_where_no_character_set_is_named_it_is_guessed():
    text = "Le café où nous étions hier soir était fermé, à cause des congés d’été."
    assert read({BODY: text, SUBJECT: "Congés d’été"}, codec="cp1252").text.endswith(text)


@pytest.mark.parametrize(("page", "codec"), [(1251, "cp1251"), (65001, "utf-8"), (28595, "iso8859-5")])
def test_a_body_that_is_a_page_is_read_as_one(page, codec):
    body = "<html><body><h2>Отпуск</h2><table><tr><td>Вид<td>Дни<tr><td>Отпуск<td>20</table></body></html>"
    text = read({SUBJECT: "a", HTML: body.encode(codec), INTERNET_CODE_PAGE: page}).text
    assert text == "# a\n\n## Отпуск\n\n| Вид | Дни |\n| --- | --- |\n| Отпуск | 20 |"


def test_of_a_body_in_two_forms_the_plain_one_is_read_with_what_only_the_page_says():
    page = b"<p>Twenty days a year.</p><p>Ask your manager first.</p>"
    assert read({BODY: "Twenty days a year.", HTML: b"<p>Twenty days a year.</p>"}).text == "Twenty days a year."
    both = read({BODY: "Twenty days a year.\n\nSee below.", HTML: page}).text
    assert both == "Twenty days a year.\n\nSee below.\n\nAsk your manager first."


def test_a_table_of_the_page_stays_one_though_the_plain_body_holds_its_words_too():
    page = b"<p>Leave:</p><table><tr><th>Kind<th>Days<tr><td>Paid<td>20</table>"
    text = read({BODY: "Leave:\n\nKind\tDays\nPaid\t20\n", HTML: page}).text
    assert text == "Leave:\n\n| Kind | Days |\n| --- | --- |\n| Paid | 20 |"


# Rich Text


PACKED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""The first example of Microsoft's description of the packing: "hello world"."""


def test_a_body_in_rich_text_alone_is_unpacked_and_read():
    assert read({SUBJECT: "a", RTF: PACKED}).text == "# a\n\nhello world"
    repeated = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert read({SUBJECT: "a", RTF: repeated}).text == "# a\n\nWXYZWXYZWXYZWXYZWXYZ"


def test_rich_text_keeps_its_tables():
    row = r"\trowd\cellx1000\cellx2000\intbl "
    table = rf"{row}Kind\cell Days\cell\row{row}Paid\cell 20\cell\row"
    assert read({RTF: rich(rf"{{\rtf1\ansi Leave:\par{table}\pard}}")}).text == (
        "Leave:\n\n| Kind | Days |\n| --- | --- |\n| Paid | 20 |"
    )


PAGE_IN_RTF = r"""{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fswiss\fcharset204 Arial;}}
{\colortbl\red0\green0\blue0;}{\*\generator Microsoft Exchange Server;}
{\*\htmltag64}\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag19 <html>}{\*\htmltag34 <head>}{\*\htmltag241 <style>}{\*\htmltag241 p \{color: red\}}
{\*\htmltag249 </style>}
{\*\htmltag41 </head>}{\*\htmltag50 <body>}\htmlrtf \lang1033 {\htmlrtf0
{\*\htmltag0 <h2>}\htmlrtf {\b\htmlrtf0 Caf\'e9 rules{\*\htmltag0 </h2>}\htmlrtf }\par\htmlrtf0
{\*\htmltag148 <ul>}{\*\htmltag64 <li>}\htmlrtf {\*\pn\pnlvlblt\pnf1}\'B7\tab\htmlrtf0
R{\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0 D pays 5 \u8364?.
{\*\htmltag64 <li>}\f1 \'cf\'f0\'e8\'e2\'e5\'f2\f0 {\*\mhtmltag84 <a href="x">}{\*\htmltag156 </ul>}
{\*\htmltag148 <table>}{\*\htmltag148 <tr><td>}Kind{\*\htmltag148 <td>}Days
{\*\htmltag148 <tr><td>}Paid{\*\htmltag148 <td>}20
{\*\htmltag156 </table>}\htmlrtf }\htmlrtf0 {\*\htmltag58 </body>}{\*\htmltag27 </html>}}"""


def test_a_page_within_rich_text_is_the_page_that_was_sent():
    expected = "## Café rules\n\n- R&D pays 5 €.\n- Привет\n\n| Kind | Days |\n| --- | --- |\n| Paid | 20 |"
    assert read({RTF: rich(PAGE_IN_RTF)}).text == expected


def test_plain_text_within_rich_text_is_the_text_that_was_sent():
    body = r"{\rtf1\ansi\ansicpg1252\fromtext \deff0{\fonttbl{\f0\fswiss Arial;}}\pard\f0 # One\par \par Caf\'e9\par}"
    assert read({RTF: rich(body)}).text == "# One\n\nCafé"


def test_a_damaged_form_of_the_body_costs_nothing_where_another_is_whole():
    assert read({BODY: "Twenty days.", RTF: b"nonsense"}).text == "Twenty days."
    with pytest.raises(LoadError, match="damaged"):
        read({SUBJECT: "a", RTF: b"nonsense"})


# What is attached


def test_what_is_attached_is_read_under_its_name():
    letter = read(
        {SUBJECT: "Prices", BODY: "See below."},
        attached=[
            {FILE_NAME: "prices.csv", DATA: b"kind,price\ncoffee,5\n"},
            {0x3704: "TERMS.HTM", DATA: b"<h1>Terms</h1><p>Thirty days."},
            {FILE_NAME: "setup.exe", DATA: b"MZ\x90\0\x03\0"},
            {FILE_NAME: "broken.docx", DATA: b"PK\x03\x04 broken"},
        ],
    )
    assert [page.label for page in letter.pages] == ["", "prices.csv", "prices.csv", "TERMS.HTM"]
    assert letter.text == ("# Prices\n\nSee below.\n\n# prices\n\nkind,price\ncoffee,5\n\n# Terms\n\nThirty days.\n\n")
    assert [problem.where for problem in letter.problems] == ["broken.docx"]


def test_a_message_within_a_message_is_read_with_what_is_attached_to_it():
    innermost = streams({SUBJECT: "Third", BODY: "Three."}, head=24)
    inner = streams(
        {SUBJECT: "Second", BODY: "Two."}, attached=[{FILE_NAME: "note.txt", DATA: b"A note."}, innermost], head=24
    )
    letter = read({SUBJECT: "First", BODY: "One."}, attached=[inner])
    assert [page.label for page in letter.pages] == ["", "Second", "Second, note.txt", "Second, Third"]
    assert letter.text.split() == "# First One. # Second Two. # note A note. # Third Three.".split()


def test_messages_within_messages_have_an_end():
    letter = streams({SUBJECT: "5", BODY: "Five."}, head=24)
    for at in range(4, 0, -1):
        letter = streams({SUBJECT: str(at), BODY: "x"}, attached=[letter], head=24)
    found = read({SUBJECT: "0", BODY: "x"}, attached=[letter])
    assert [problem.where for problem in found.problems] == ["1, 2, 3, 4"]
    assert "too deep" in found.problems[0].reason


def test_a_mail_that_is_attached_as_a_file_is_read_too():
    mail = message({SUBJECT: "Inner", BODY: "Words."})
    letter = read({SUBJECT: "Outer", BODY: "See."}, attached=[{FILE_NAME: "old.msg", DATA: mail}])
    assert [page.label for page in letter.pages] == ["", "old.msg"]
    assert "# Inner\n\nWords." in letter.text


def test_pictures_in_the_text_are_passed_over_and_links_to_files_are_told():
    picture = {FILE_NAME: "image001.png", MIME: "image/png", CONTENT_ID: "image001.png@01D", DATA: b"\x89PNG\r\n\x1a\n"}
    letter = read({BODY: "Words."}, attached=[picture, {FILE_NAME: "plan.docx", METHOD: 7}])
    assert letter.text == "Words."
    assert [(problem.where, "by itself" in problem.reason) for problem in letter.problems] == [("plan.docx", True)]


# What cannot be read


@pytest.mark.parametrize(
    "sealed", ["application/pkcs7-mime;smime-type=enveloped-data", "application/x-microsoft-rpmsg-message"]
)
def test_a_sealed_message_is_told_to_be_encrypted(sealed):
    with pytest.raises(EncryptedFile, match="encrypted"):
        read({SUBJECT: "Secret"}, attached=[{FILE_NAME: "smime.p7m", MIME: sealed, DATA: b"0\x80"}])
    with pytest.raises(EncryptedFile, match="PGP"):
        read({BODY: "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"})


def test_a_message_that_is_empty_damaged_or_none_is_told_apart():
    with pytest.raises(NoText, match="without any text"):
        read({0x001A: "IPM.Note"})
    for data in (message({BODY: "x"})[:700], b"no message"):
        with pytest.raises(LoadError, match="damaged"):
            read_msg(data, stem="a", options=None, inner=None)
    with pytest.raises(LoadError, match="no message"):
        read_msg(ole({"Other": b"x"}), stem="a", options=None, inner=None)


def test_a_damaged_message_is_read_or_refused_and_nothing_else():
    inner = streams({SUBJECT: "b", HTML: b"<p>Two."}, head=24)
    whole = message({SUBJECT: "a", RTF: rich(PAGE_IN_RTF)}, recipients=[TO | {NAME: "Bob"}], attached=[inner])
    survives(partial(read_msg, inner=lambda name, data: load_bytes(data, name=name)), whole)
