"""Files with a password: what opens them, and what is said where nothing does."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.rc4 import DocumentRC4
from written import damaged, docx, odt, old_word, ole, package

from ingest.readers.office.decryption import decrypted
from ingest.readers.office.packages import open_package
from ingest.readers.opendocument.odt import read_odt
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.word.docx import read_docx
from phi_assistant.errors import EncryptedFile, LoadError

PASSWORD = "Frühling 7"
WORD = docx("<w:p><w:r><w:t>Twenty days.</w:t></w:r></w:p>")
TEXT = odt("<text:p>Twenty days.</text:p>")
KNOWN = Options(passwords=("wrong", PASSWORD))


def sealed_word(password: str = PASSWORD) -> bytes:
    file = BytesIO()
    OOXMLFile(BytesIO(WORD)).encrypt(password, file)
    return file.getvalue()


def sealed_old_word() -> bytes:
    """RC4 with a key for each block, behind the part of the file that says so."""
    streams = old_word([("Twenty days.\r", 0, b"")])
    salt, verifier = os.urandom(16), os.urandom(16)
    proof = rc4(salt, verifier + hashlib.md5(verifier).digest())
    table = struct.pack("<HH", 1, 1) + salt + proof
    main = bytearray(streams["WordDocument"])
    main[11] |= 1
    main[14:18] = struct.pack("<I", len(table))
    moved = bytearray(rc4(salt, bytes(main)))
    moved[:68] = main[:68]
    # The table stream keeps its places: what was at its beginning is not needed to tell whether a password fits.
    return ole({"WordDocument": bytes(moved), "1Table": table + rc4(salt, streams["1Table"].rjust(4096, b"\0"))[52:]})


def rc4(salt: bytes, data: bytes) -> bytes:
    return DocumentRC4.decrypt(PASSWORD, salt, BytesIO(data)).read()


def entry(name: str, size: int, algorithm: str, derivation: str, start: str, checksum: str = "") -> str:
    return (
        f'<m:file-entry m:full-path="{name}" m:size="{size}"><m:encryption-data {checksum}>{algorithm}{derivation}{start}'
        "</m:encryption-data></m:file-entry>"
    )


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def padded(data: bytes) -> bytes:
    size = 16 - len(data) % 16
    return data + os.urandom(size - 1) + bytes([size])


def with_aes(name: str, plain: bytes) -> tuple[bytes, str]:
    """As LibreOffice has done by default since 2011."""
    salt, vector, packed = os.urandom(16), os.urandom(16), deflated(plain)
    key = hashlib.pbkdf2_hmac("sha1", hashlib.sha256(PASSWORD.encode()).digest(), salt, 1000, 32)
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return cipher.update(padded(packed)), entry(
        name,
        len(plain),
        f'<m:algorithm m:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" '
        f'm:initialisation-vector="{b64(vector)}"/>',
        f'<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" m:iteration-count="1000" m:salt="{b64(salt)}"/>',
        '<m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>',
        f'm:checksum-type="sha256-1k" m:checksum="{b64(hashlib.sha256(packed[:1024]).digest())}"',
    )


def with_blowfish(name: str, plain: bytes) -> tuple[bytes, str]:
    """As OpenOffice did before."""
    salt, vector, packed = os.urandom(16), os.urandom(8), deflated(plain)
    key = hashlib.pbkdf2_hmac("sha1", hashlib.sha1(PASSWORD.encode()).digest(), salt, 1024, 16)
    cipher = Cipher(Blowfish(key), CFB(vector)).encryptor()
    return cipher.update(packed), entry(
        name,
        len(plain),
        f'<m:algorithm m:algorithm-name="Blowfish CFB" m:initialisation-vector="{b64(vector)}"/>',
        f'<m:key-derivation m:key-derivation-name="PBKDF2" m:iteration-count="1024" m:salt="{b64(salt)}"/>',
        "",
        f'm:checksum-type="SHA1/1K" m:checksum="{b64(hashlib.sha1(packed[:1024]).digest())}"',
    )


def part_by_part(seal: Callable[[str, bytes], tuple[bytes, str]]) -> bytes:
    plain = open_package(TEXT, DEFAULTS)
    sealed = {name: seal(name, plain.read(name)) for name in ("content.xml", "styles.xml")}
    return package(
        {
            "mimetype": plain.read("mimetype"),
            **{name: data for name, (data, _) in sealed.items()},
            "META-INF/manifest.xml": manifest("".join(described for _, described in sealed.values())),
        }
    )


def as_a_whole() -> bytes:
    """As LibreOffice can since 24.2."""
    salt, vector = os.urandom(16), os.urandom(12)
    start = hashlib.sha256(PASSWORD.encode()).digest()
    key = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=1024).derive(start)
    described = entry(
        "encrypted-package",
        len(TEXT),
        '<m:algorithm m:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" '
        f'm:initialisation-vector="{b64(vector)}"/>',
        '<m:key-derivation m:key-derivation-name="urn:org:documentfoundation:names:experimental:office:manifest:argon2id" '
        f'm:key-size="32" l:argon2-iterations="1" l:argon2-memory="1024" l:argon2-lanes="1" m:salt="{b64(salt)}"/>',
        '<m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>',
    )
    sealed = vector + AESGCM(key).encrypt(vector, TEXT, None)
    return package({"encrypted-package": sealed, "META-INF/manifest.xml": manifest(described)})


def manifest(entries: str) -> str:
    return (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" xmlns:l="urn:org:documentfoundation:'
        f'names:experimental:office:xmlns:loext:1.0">{entries}</m:manifest>'
    )


SEALED = {
    "word": sealed_word(),
    "aes": part_by_part(with_aes),
    "blowfish": part_by_part(with_blowfish),
    "whole": as_a_whole(),
    "old word": sealed_old_word(),
}


@pytest.mark.parametrize(
    ("kind", "read"), [("word", read_docx), *((each, read_odt) for each in ("aes", "blowfish", "whole"))]
)
def test_the_first_password_that_fits_opens_the_file(kind, read):
    assert read(decrypted(SEALED[kind], KNOWN), stem="a").text == "Twenty days."


@pytest.mark.parametrize("kind", SEALED)
def test_without_a_password_the_error_says_how_to_give_one(kind):
    with pytest.raises(EncryptedFile, match=r"wants a password to be opened\. Give it with `--password`"):
        decrypted(SEALED[kind], DEFAULTS)


@pytest.mark.parametrize("kind", SEALED)
def test_where_no_password_fits_the_error_says_how_many_were_tried_and_never_which(kind):
    with pytest.raises(EncryptedFile, match="none of the 2 passwords opens it") as refused:
        decrypted(SEALED[kind], Options(passwords=("Herbst", "winter")))
    assert "Herbst" not in str(refused.value)


def test_a_file_that_is_only_protected_against_changes_opens_by_itself():
    assert decrypted(sealed_word("VelvetSweatshop"), DEFAULTS)[:2] == b"PK"


def test_an_old_document_opens_with_its_password():
    assert decrypted(SEALED["old word"], KNOWN).startswith(b"\xd0\xcf")


@pytest.mark.parametrize("data", [WORD, TEXT, ole(old_word([("a\r", 0, b"")])), b"PK\x03\x04", b"%PDF-", b""])
def test_what_is_not_encrypted_is_handed_back_as_it_is(data):
    assert decrypted(data, DEFAULTS) is data


def test_a_file_that_is_encrypted_for_certain_people_says_so():
    described = manifest('<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>')
    with pytest.raises(EncryptedFile, match="OpenPGP"):
        decrypted(package({"content.xml": "x", "META-INF/manifest.xml": described}), KNOWN)


@pytest.mark.parametrize("kind", SEALED)
def test_a_damaged_file_is_opened_or_refused_and_nothing_else(kind):
    for data in damaged(SEALED[kind], count=8):
        try:
            decrypted(data, KNOWN)
        except LoadError:
            continue
