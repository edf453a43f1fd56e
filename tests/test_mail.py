"""E-mail: bodies in several forms, broken headers and encodings, what is attached, and what is locked."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial

import pytest
from written import package, survives

from ingest.load import load_bytes
from ingest.readers.extraction import Extraction
from ingest.readers.mail.message import read_mail
from phi_assistant.errors import EncryptedFile, LoadError, NoText


def loaded(mail: str | bytes) -> Extraction:
    return load_bytes(mail if isinstance(mail, bytes) else mail.encode(), name="a.eml")


def read(mail: str | bytes) -> str:
    return loaded(mail).text


def letter(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    return message


def parts(kind: str, *each: str, boundary: str = "b") -> str:
    """A message of several parts; each as its headers, a blank line and its text."""
    inside = "".join(f"--{boundary}\n{part}\n" for part in each)
    return f'Subject: S\nContent-Type: multipart/{kind}; boundary="{boundary}"\n\n{inside}--{boundary}--\n'


def test_a_message_begins_with_its_subject_and_who_wrote_it_to_whom():
    mail = letter(
        Subject="Leave", From="Ada <a@x.example>", To="Bob <b@x.example>", Cc="c@x.example", Bcc="d@x.example"
    )
    mail["Date"] = "Fri, 01 Mar 2024 09:30:00 +0000"
    mail.set_content("Twenty days.\n\nAda\n")
    document = loaded(mail.as_bytes())
    assert document.title == "Leave"
    assert document.text == (
        "# Leave\n\nFrom: Ada <a@x.example>\nTo: Bob <b@x.example>\nCc: c@x.example\n"
        "Date: Fri, 01 Mar 2024 09:30:00 +0000\n\nTwenty days.\n\nAda"
    )


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"=?utf-8?q?Caf=C3=A9?=", "Café"),
        (b"=?utf-8?B?5Lya6K6u?= =?utf-8?B?6YCa55+l?=", "会议通知"),
        (b"=?iso-8859-1?q?Fen=EAtre=20=80?=", "Fenêtre €"),
        (b"=?windows-1251?B?z/Do4uXy?=", "Привет"),
        (b"=?koi8-r?B?8NLJ18XU?= again", "Привет again"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("cp1252"), "Grüße"),
        (b"A long\n  subject", "A long subject"),
        (b"=?nonsense?q?Words?=", "Words"),
        (b"=?utf-8?b?broken!?=", "=?utf-8?b?broken!?="),
    ],
)
def test_headers_are_decoded_whatever_they_are_written_in(raw, subject):
    assert loaded(b"Subject: " + raw + b"\n\nWords.").title == subject


@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64", "8bit"])
def test_bodies_are_decoded_whatever_they_are_sent_in(encoding):
    mail = letter(Subject="S")
    text = "Plain words." if encoding == "7bit" else "Zażółć gęślą jaźń – 5 €"
    mail.set_content(text, cte=encoding)
    assert read(mail.as_bytes()) == f"# S\n\n{text}"


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("iso-8859-1", "cp1252", "It’s “quoted” – naïve"),
        ("utf-8", "cp1252", "Le café où nous étions était fermé à cause des congés d’été."),
        ("us-ascii", "utf-8", "Grüße aus Köln"),
        ("gb2312", "gbk", "会议通知：请大家准时参加会议，谢谢。"),
        ("x-unknown", "utf-8", "Grüße"),
        ("shift_jis", "cp932", "会議のお知らせです。①"),
    ],
)
def test_a_character_set_that_is_falsely_declared_does_no_harm(declared, codec, text):
    head = f"Subject: S\nContent-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n\n"
    assert read(head.encode() + text.encode(codec)) == f"# S\n\n{text}"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/plain; charset=utf-8 Content-Transfer-Encoding: quoted-printable",
        "Content-Type: text/plain; charset=\nContent-Transfer-Encoding: quoted-printable",
        "Content-Type: text\nContent-Transfer-Encoding: quoted-printable",
        'Content-Type: text/plain; charset="utf-8\nContent-Transfer-Encoding:  Quoted-Printable ',
        "Content-transfer-encoding: quoted-printable\nMIME-Version: nonsense",
    ],
)
def test_broken_headers_do_not_spoil_the_text(head):
    assert read(f"Subject: S\n{head}\n\nCaf=C3=A9 rules.\n") == "# S\n\nCafé rules."


def test_of_a_text_in_two_forms_the_plain_one_is_read_with_what_only_the_page_says():
    mail = parts(
        "alternative",
        "Content-Type: text/plain\n\nTwenty days a year.",
        "Content-Type: text/html\n\n<p>Twenty <b>days</b> a year.</p><p>Ask Bob first.</p>",
    )
    assert read(mail.replace("year.\n--b", "year. Now.\n--b")) == "# S\n\nTwenty days a year. Now.\n\nAsk Bob first."


def test_a_table_of_the_page_stays_a_table():
    plain = "Content-Type: text/plain\n\nKind Days\nPaid 20"
    page = "Content-Type: text/html\n\n<table><tr><th>Kind<th>Days<tr><td>Paid<td>20</table>"
    assert read(parts("alternative", plain, page)) == "# S\n\n| Kind | Days |\n| --- | --- |\n| Paid | 20 |"


def test_a_page_alone_is_read_as_a_page():
    page = "Subject: S\nContent-Type: text/html\n\n<style>p{}</style><h2>Leave</h2><ul><li>One<li>Two</ul>"
    assert read(page) == "# S\n\n## Leave\n\n- One\n- Two"


def test_lines_that_a_program_broke_are_whole_and_others_stay():
    wrapped = "These words go on for so long that the program which sent them broke the\nline here.\n\n- a\n- b"
    assert read(f"Subject: S\n\n{wrapped}") == (
        "# S\n\nThese words go on for so long that the program which sent them broke the line here.\n\n- a\n- b"
    )
    flowed = "Subject: S\nContent-Type: text/plain; format=flowed\n\nOne \ntwo\nthree\n-- \nAda"
    assert read(flowed) == "# S\n\nOne two\nthree\n--\nAda"


# What is attached


def test_what_is_attached_is_read_under_its_name():
    mail = letter(Subject="Prices")
    mail.set_content("See below.\n")
    mail.add_attachment("kind,price\ncoffee,5\n", subtype="csv", filename="prices.csv")
    mail.add_attachment(
        b"<h1>Terms</h1><p>30 days.", maintype="text", subtype="html", filename="../../AGB für alle.html"
    )
    mail.add_attachment(b"MZ\x90\0\x03", maintype="application", subtype="octet-stream", filename="setup.exe")
    mail.add_attachment(b"PK\x03\x04 broken", maintype="application", subtype="zip", filename="broken.docx")
    document = loaded(mail.as_bytes())
    assert [page.label for page in document.pages] == ["", "prices.csv", "prices.csv", "AGB für alle.html"]
    assert document.text == "# Prices\n\nSee below.\n\n# prices\n\nkind,price\ncoffee,5\n\n# Terms\n\n30 days.\n\n"
    assert [problem.where for problem in document.problems] == ["broken.docx"]


def test_an_archive_in_a_forwarded_message_is_read_through_all_of_them():
    inner = letter(Subject="Inner", From="Ada <a@x.example>")
    inner.set_content("Two.\n")
    inner.add_attachment(package({"docs/a.txt": "Three."}), maintype="application", subtype="zip", filename="all.zip")
    outer = letter(Subject="Outer")
    outer.set_content("One.\n")
    outer.add_attachment(inner)
    document = loaded(outer.as_bytes())
    assert [page.label for page in document.pages] == ["", "Inner.eml", "Inner.eml, all.zip, docs/a.txt"]
    assert document.text.split() == "# Outer One. # Inner From: Ada <a@x.example> Two. # a Three.".split()


def test_messages_within_messages_have_an_end():
    mail = letter(Subject="5")
    mail.set_content("x")
    for at in range(4, -1, -1):
        outer = letter(Subject=str(at))
        outer.set_content("x")
        outer.add_attachment(mail)
        mail = outer
    problems = loaded(mail.as_bytes()).problems
    assert [(problem.where, "too deep" in problem.reason) for problem in problems] == [
        ("1.eml, 2.eml, 3.eml, 4.eml", True)
    ]


def test_pictures_in_the_text_and_parts_for_programs_are_passed_over():
    mail = parts(
        "mixed",
        "Content-Type: text/plain\n\nWords.",
        "Content-Type: image/png\nContent-ID: <a>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=",
        "Content-Type: text/calendar\n\nBEGIN:VCALENDAR",
        "Content-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----",
        "Content-Type: message/delivery-status\n\nAction: failed",
    )
    document = loaded(mail)
    assert (document.text, document.problems) == ("# S\n\nWords.", ())


def test_a_web_page_that_was_saved_as_a_message_is_read_as_the_page():
    page = "From: <Saved by Blink>\nSubject: Refunds\n" + parts(
        "related", "Content-Type: text/html\n\n<p>Within 14 days.</p>", "Content-Type: text/css\n\np{}"
    ).replace("Subject: S\n", "")
    assert load_bytes(page.encode(), name="a.mhtml").text == "# Refunds\n\nWithin 14 days."


# What cannot be read


ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"


@pytest.mark.parametrize(
    "mail",
    [
        parts("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: a/b\n\nx"),
        "Subject: S\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIAG",
        f"Subject: S\n\n{ARMOUR}",
        f"Subject: S\n\n{ARMOUR[:40]}",
    ],
)
def test_an_encrypted_message_is_told_to_be_one(mail):
    with pytest.raises(EncryptedFile, match="encrypted"):
        loaded(mail)


def test_of_a_message_that_is_encrypted_in_part_the_rest_is_read():
    document = loaded(f"Subject: S\n\nThe plan:\n\n{ARMOUR}\nAda")
    assert document.text.split() == "# S The plan: Ada".split()
    assert [problem.where for problem in document.problems] == ["the body"]


def test_a_message_that_is_empty_or_none_is_told_apart():
    with pytest.raises(NoText, match="without any text"):
        loaded("From: a@x.example\n\n")
    with pytest.raises(LoadError, match="no headers"):
        loaded("\nWords without headers.")


def test_a_part_that_never_ends_and_one_that_has_no_parts_are_read_as_far_as_they_go():
    assert read(parts("mixed", "Content-Type: text/plain\n\nWords.").replace("--b--", "")) == "# S\n\nWords."
    assert read("Subject: S\nContent-Type: multipart/mixed; boundary=b\n\nWords.") == "# S\n\nWords."


def test_a_damaged_message_is_read_or_refused_and_nothing_else():
    mail = letter(Subject="=?utf-8?q?Caf=C3=A9?=")
    mail.set_content("Zażółć", cte="base64")
    mail.add_alternative("<p>Zażółć gęślą", subtype="html", cte="quoted-printable")
    mail.add_attachment("a,b\n1,2\n", subtype="csv", filename="prices.csv")
    survives(partial(read_mail, inner=lambda name, data: load_bytes(data, name=name)), mail.as_bytes())
