"""ZIP packages: what unpacking may cost, and what is said of those that are locked or damaged."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest
from written import damaged, docx, package

from ingest.readers.office.packages import open_package
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.word.docx import read_docx
from phi_assistant.errors import EncryptedFile, LoadError


def test_a_package_is_read_by_the_names_of_its_parts():
    opened = open_package(package({"a/b.xml": "<a>é</a>", "../../etc/passwd": "x"}), DEFAULTS)
    assert opened.xml("a/b.xml").text == "é"
    assert opened.read("../../etc/passwd") == b"x"
    assert "a/b.xml" in opened
    assert "c" not in opened
    with pytest.raises(LoadError, match="lacks its part 'c'"):
        opened.read("c")


def test_a_package_that_unpacks_to_more_than_is_allowed_is_refused_before_it_is_unpacked():
    with pytest.raises(LoadError, match="unpacks to 3 MB, more than the 1 MB allowed"):
        open_package(package({"a": bytes(3_000_000)}), Options(unpacked=1_000_000))
    with pytest.raises(LoadError, match="do harm"):
        open_package(package({str(name): bytes(10_000_000) for name in range(10)}), DEFAULTS)


def test_a_part_that_is_larger_than_it_says_is_not_unpacked_any_further():
    bomb = package({"a": bytes(50_000_000)})
    lying = bomb.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 10))
    with pytest.raises(LoadError, match="damaged"):
        open_package(lying, DEFAULTS).read("a")


def test_a_part_that_is_packed_in_an_unusual_way_is_refused():
    opened = open_package(package({"a": "words"}, zipfile.ZIP_BZIP2), DEFAULTS)
    with pytest.raises(LoadError, match="method"):
        opened.read("a")


def test_entities_are_not_put_in_however_often_they_are_named():
    bomb = '<!DOCTYPE a [<!ENTITY a "words"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;&b;</a>'
    assert "words" not in "".join(open_package(package({"a": bomb}), DEFAULTS).xml("a").itertext())


def test_a_document_that_is_a_bomb_is_refused():
    document = zipfile.ZipFile(BytesIO(docx("")))
    parts = {name: document.read(name) for name in document.namelist()}
    with pytest.raises(LoadError, match="do harm"):
        read_docx(package({**parts, "word/media/a.png": bytes(90_000_000)}), stem="a")


def locked(data: bytes) -> bytes:
    """The same package, its first part marked as encrypted in both places that say so."""
    altered = bytearray(data)
    altered[6] |= 1
    altered[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(altered)


def test_a_locked_package_wants_a_password():
    with pytest.raises(EncryptedFile, match="--password"):
        open_package(locked(package({"a": "words" * 9})), DEFAULTS)
    with pytest.raises(EncryptedFile, match="none of the 2 passwords"):
        open_package(locked(package({"a": "words" * 9})), Options(passwords=("x", "y")))


def test_an_archive_that_is_encrypted_with_aes_says_that_no_password_opens_it_here():
    altered = bytearray(locked(package({"a": "words" * 9})))
    struct.pack_into("<H", altered, altered.index(b"PK\x01\x02") + 10, 99)
    with pytest.raises(EncryptedFile, match=r"AES.*Unpack it"):
        open_package(bytes(altered), Options(passwords=("x",)))


def test_a_damaged_package_is_read_or_refused_and_nothing_else():
    for data in damaged(package({"a.xml": "<a>words</a>", "b": bytes(1000)})):
        try:
            opened = open_package(data, DEFAULTS)
            for name in opened.namelist():
                opened.read(name)
            opened.xml("a.xml")
        except LoadError:
            continue
