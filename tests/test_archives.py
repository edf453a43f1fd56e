"""ZIP archives: what is read of them, and what a bad file or a bad archive costs."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from written import docx, package, survives

from ingest.load import load_bytes
from ingest.readers.archive import read_archive
from ingest.readers.extraction import Extraction
from ingest.readers.options import DEFAULTS, Options
from phi_assistant.errors import EncryptedFile, LoadError, NoText


def loaded(data: bytes, options: Options = DEFAULTS) -> Extraction:
    return load_bytes(data, name="all.zip", options=options)


def reasons(document: Extraction) -> dict[str, str]:
    return {problem.where: problem.reason for problem in document.problems}


def test_the_documents_are_read_in_order_each_labelled_with_its_path():
    document = loaded(
        package(
            {
                "b/notes.md": "# Notes\n\nSee ## below.\n\n## Below\n\nMore.",
                "a.txt": "Plain words.",
                "b/prices.csv": "kind,price\ncoffee,5\n",
                "c/": "",
                "c/leave.docx": docx("<w:p><w:r><w:t>Twenty days.</w:t></w:r></w:p>"),
            }
        )
    )
    assert document.title == "all"
    assert [page.label for page in document.pages] == [
        "a.txt", "b/notes.md", "b/prices.csv", "b/prices.csv", "c/leave.docx",
    ]  # fmt: skip
    assert document.text.startswith("# a\n\nPlain words.\n\n# Notes")
    assert [document.text[page.start :][: len(page.text)] for page in document.pages] == [
        page.text for page in document.pages
    ]
    assert document.problems == ()


def test_archives_within_archives_are_read_down_to_a_depth():
    data = package({"deep.txt": "Deepest."})
    for depth in range(4):
        data = package({f"{depth}.zip": data, "here.txt": f"At {depth}."})
    document = loaded(data)
    assert [page.label for page in document.pages] == [
        "3.zip, 2.zip, here.txt", "3.zip, here.txt", "here.txt",
    ]  # fmt: skip
    assert [(where, "too deep" in reason) for where, reason in reasons(document).items()] == [
        ("3.zip, 2.zip, 1.zip", True)
    ]


def test_a_file_that_cannot_be_read_costs_itself_alone():
    document = loaded(
        package({"a.txt": "Words.", "bad.docx": b"PK\x03\x04 broken", "empty.md": "", "run.exe": b"MZ\x90\0\x03"})
    )
    assert document.text == "# a\n\nWords.\n\n"
    assert set(reasons(document)) == {"bad.docx", "empty.md", "run.exe"}


def test_a_member_whose_bytes_were_altered_costs_itself_alone():
    data = bytearray(package({"a.txt": "Words to keep.", "b.txt": "Other words."}, zipfile.ZIP_STORED))
    data[data.index(b"Other")] ^= 1
    document = loaded(bytes(data))
    assert document.text == "# a\n\nWords to keep.\n\n"
    assert "damaged" in reasons(document)["b.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "../up.txt",
        "a/../../up.txt",
        "/etc/passwd.txt",
        "..\\up.txt",
        "C:\\up.txt",
        "c:up.txt",
        "a/..",
        "\\\\host\\up.txt",
    ],
)
def test_a_name_that_leads_out_of_the_archive_is_refused_and_nothing_is_written(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = loaded(package({"a.txt": "Words.", name: "Secret."}))
    assert document.text == "# a\n\nWords.\n\n"
    assert ["leads out" in reason for reason in reasons(document).values()] == [True]
    assert list(tmp_path.iterdir()) == []


def test_litter_is_passed_over_without_a_word():
    litter = ["__MACOSX/._a.txt", ".DS_Store", "a/.git/config.txt", "Thumbs.db", "b/desktop.ini", "~$report.docx"]
    document = loaded(package({"a.txt": "Words.", **dict.fromkeys(litter, "x")}))
    assert (document.text, document.problems) == ("# a\n\nWords.\n\n", ())


def test_names_are_read_as_they_were_written():
    data = package({"Überblick.txt": "Words."})
    without_flag = data.replace(b"\x00\x08", b"\x00\x00")  # what macOS writes: UTF-8, and no flag that says so
    for each in (data, without_flag):
        assert [page.label for page in loaded(each).pages] == ["Überblick.txt"]
    assert loaded(package({"2024\\prices.txt": "Words."})).pages[0].label == "2024/prices.txt"


# Made to hurt


def test_an_archive_that_unpacks_without_end_is_refused_before_it_is_unpacked():
    with pytest.raises(LoadError, match="made to do harm"):
        loaded(package({"a.txt": b"x" * 70_000_000}))
    with pytest.raises(LoadError, match=r"too large: it unpacks to 1.8 MB, more than the 1 MB allowed.*file_unpacked"):
        loaded(package({"a.txt": b"words " * 300_000}), Options(unpacked=1_000_000))


def test_an_archive_of_archives_may_unpack_to_no_more_than_one():
    inner = package({"a.txt": "words " * 100_000})
    document = loaded(
        package({"a.txt": "First.", **{f"{n}.zip": inner for n in range(9)}}), Options(unpacked=1_500_000)
    )
    assert [page.label for page in document.pages][:2] == ["0.zip, a.txt", "1.zip, a.txt"]
    assert all("unpacks to" in reason for reason in reasons(document).values())
    assert len(document.problems) >= 6


def test_a_size_that_is_a_lie_unpacks_no_more_than_it_says():
    data = package({"a.txt": b"x" * 1_000_000, "b.txt": "Words."})
    lie = data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 100))
    document = loaded(lie)
    assert document.text == "# b\n\nWords.\n\n"
    assert "damaged" in reasons(document)["a.txt"]


# Locked, damaged, empty


def sealed(plain: bytes, password: bytes, name: bytes = b"a.txt") -> bytes:
    """With the old cipher of ZIP: three keys that each byte stirs, and twelve bytes before the first."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def stir(byte: int) -> None:
        keys[0] = ~zlib.crc32(bytes([byte]), ~keys[0] & 0xFFFFFFFF) & 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = ~zlib.crc32(bytes([keys[1] >> 24]), ~keys[2] & 0xFFFFFFFF) & 0xFFFFFFFF

    def enciphered(byte: int) -> int:
        key = keys[2] | 2
        stir(byte)
        return byte ^ (key * (key ^ 1) >> 8 & 0xFF)

    for byte in password:
        stir(byte)
    check = zlib.crc32(plain)
    data = bytes(map(enciphered, bytes(11) + bytes([check >> 24]) + plain))
    about = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 33, check, len(data), len(plain), len(name), 0)
    entry = b"PK\x03\x04" + about + name + data
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return entry + listed + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(entry), 0)


def test_an_archive_with_a_password_wants_it_and_is_read_with_it():
    locked = sealed(b"Twenty days.", b"open sesame")
    with pytest.raises(EncryptedFile, match="--password"):
        loaded(locked)
    with pytest.raises(EncryptedFile, match="none of the 2 passwords"):
        loaded(locked, Options(passwords=("one", "two")))
    assert loaded(locked, Options(passwords=("one", "open sesame"))).text == "# a\n\nTwenty days.\n\n"


def test_an_archive_without_documents_has_no_text():
    with pytest.raises(NoText, match="holds no documents"):
        loaded(package({"a/": ""}))
    with pytest.raises(NoText, match="holds no documents"):
        loaded(package({}))


def test_an_archive_in_which_nothing_can_be_read_says_why():
    with pytest.raises(LoadError, match=r"nothing can be read: a\.exe is of a kind .*, and 1 more"):
        loaded(package({"a.exe": b"MZ\x90\0", "b.exe": b"MZ\x90\0"}))


@pytest.mark.parametrize("cut", [10, 100, -5])
def test_an_archive_that_is_cut_short_is_damaged(cut):
    with pytest.raises(LoadError, match="damaged"):
        loaded(package({"a.txt": "Words. " * 100})[:cut])


def test_a_method_that_could_fill_the_memory_costs_its_file_alone():
    file = BytesIO(package({"a.txt": "Words."}))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("b.txt", "Other words.")
    document = loaded(file.getvalue())
    assert document.text == "# a\n\nWords.\n\n"
    assert "packed with a method" in reasons(document)["b.txt"]


def test_a_damaged_archive_is_read_or_refused_and_nothing_else():
    def read(data: bytes, *, stem: str, options: Options) -> Extraction:
        return read_archive(data, stem=stem, options=options, inner=lambda name, inside: load_bytes(inside, name=name))

    survives(read, package({"a.txt": "Words.", "b/c.html": "<p>Words."}))
