"""Documents with a password, encrypted as the programs of different years do it."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO

import olefile
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.ecma376_standard import ECMA376Standard
from msoffcrypto.method.rc4 import DocumentRC4
from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI
from old_slides import SLIDES, container, deck
from written import old_word, ole, package

from ingest.readers.office.packages import open_package
from ingest.readers.options import DEFAULTS

PASSWORD = "Frühling 7"


# Office since 2007: the package within an OLE file


def agile(plain: bytes, password: str = PASSWORD) -> bytes:
    """As Office does since 2010."""
    file = BytesIO()
    OOXMLFile(BytesIO(plain)).encrypt(password, file)
    return file.getvalue()


def standard(plain: bytes) -> bytes:
    """As Office 2007 did."""
    salt, verifier = os.urandom(16), os.urandom(16)
    key = ECMA376Standard.makekey_from_password(PASSWORD, 0x660E, 0x8004, 24, 128, 16, salt)
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    header = struct.pack("<8I", 0x24, 0, 0x660E, 0x8004, 128, 24, 0, 0) + "Provider\0".encode("utf-16-le")
    digest = hashlib.sha1(verifier).digest().ljust(32, b"\0")
    proof = struct.pack("<I16s16sI", 16, salt, cipher.update(verifier), 20) + cipher.update(digest)
    info = struct.pack("<HHII", 4, 2, 0x24, len(header)) + header + proof
    sealed = cipher.update(plain + bytes(-len(plain) % 16))
    return ole({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", len(plain)) + sealed})


# Office before


def old_document(text: str) -> bytes:
    """RC4 with a key for each block, behind the part of the file that says so."""
    streams = old_word([(f"{text}\r", 0, b"")])
    salt, proof = _rc4_proof()
    table = bytearray(struct.pack("<HH", 1, 1) + proof)
    main = bytearray(streams["WordDocument"])
    main[11] |= 1
    main[14:18] = struct.pack("<I", len(table))
    # What the header gives as places in the table moves behind the proof.
    for at in range(154, 154 + 8 * 93, 8):
        place, size = struct.unpack_from("<II", main, at)
        struct.pack_into("<I", main, at, place + len(table) if size else 0)
    sealed = _rc4(salt, bytes(main))
    shifted = _rc4(salt, bytes(len(table)) + streams["1Table"])[len(table) :]
    return ole({"WordDocument": bytes(main[:68]) + sealed[68:], "1Table": bytes(table) + shifted})


def old_workbook(plain: bytes) -> bytes:
    """RC4 over the records of a workbook, but for their headers and the few that say how to read the others."""
    with olefile.OleFileIO(BytesIO(plain)) as file:
        records = list(_records(file.openstream("Workbook").read()))
    salt, proof = _rc4_proof()
    says = struct.pack("<HHH", 1, 1, 1) + proof
    moved = len(says) + 4
    stream = b"".join(
        _record(kind, struct.pack("<I", struct.unpack_from("<I", data)[0] + moved) + data[4:] if kind == 0x85 else data)
        for kind, data in [records[0], (0x2F, says), *records[1:]]
    )
    keys = _rc4(salt, bytes(len(stream)), block=1024)
    sealed, at = bytearray(), 0
    for kind, data in _records(stream):
        clear = len(data) if kind in (0x809, 0x2F, 0xE1) else 4 if kind == 0x85 else 0
        mixed = bytes(a ^ b for a, b in zip(data, keys[at + 4 :], strict=False))
        sealed += _record(kind, data[:clear] + mixed[clear:])
        at += len(data) + 4
    return ole({"Workbook": bytes(sealed)})


def old_deck() -> bytes:
    """RC4 over each of the objects of a deck, with a key of its own."""
    salt, verifier = os.urandom(16), os.urandom(16)
    sealed = [_cryptoapi(salt, data, block=number) for number, data in enumerate(SLIDES, 1)]
    proof = _cryptoapi(salt, verifier + hashlib.sha1(verifier).digest())
    header = struct.pack("<8I", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + "Provider\0".encode("utf-16-le")
    says = struct.pack("<HHII", 2, 2, 4, len(header)) + header + struct.pack("<I16s16sI", 16, salt, proof[:16], 20)
    return ole(deck([*sealed, container(0x2F14, says + proof[16:])], token=0xF3D1C4DF, session=len(SLIDES) + 1))


def _rc4(salt: bytes, data: bytes, *, block: int = 512) -> bytes:
    return DocumentRC4.decrypt(PASSWORD, salt, BytesIO(data), blocksize=block).read()


def _rc4_proof() -> tuple[bytes, bytes]:
    salt, verifier = os.urandom(16), os.urandom(16)
    return salt, salt + _rc4(salt, verifier + hashlib.md5(verifier).digest())


def _cryptoapi(salt: bytes, data: bytes, *, block: int = 0) -> bytes:
    return DocumentRC4CryptoAPI.decrypt(PASSWORD, salt, 128, BytesIO(data), blocksize=1 << 20, block=block).read()


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream) and stream[at : at + 4] != bytes(4):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


# OpenDocument


def with_aes(name: str, plain: bytes) -> tuple[bytes, str]:
    """As LibreOffice has done by default since 2011."""
    salt, vector, packed = os.urandom(16), os.urandom(16), _deflated(plain)
    key = hashlib.pbkdf2_hmac("sha1", hashlib.sha256(PASSWORD.encode()).digest(), salt, 1000, 32)
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return cipher.update(_padded(packed)), _entry(
        name,
        len(plain),
        '<m:algorithm m:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" '
        f'm:initialisation-vector="{_b64(vector)}"/>',
        '<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" m:iteration-count="1000" '
        f'm:salt="{_b64(salt)}"/>',
        '<m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>',
        f'm:checksum-type="sha256-1k" m:checksum="{_b64(hashlib.sha256(packed[:1024]).digest())}"',
    )


def with_blowfish(name: str, plain: bytes) -> tuple[bytes, str]:
    """As OpenOffice did before."""
    salt, vector, packed = os.urandom(16), os.urandom(8), _deflated(plain)
    key = hashlib.pbkdf2_hmac("sha1", hashlib.sha1(PASSWORD.encode()).digest(), salt, 1024, 16)
    cipher = Cipher(Blowfish(key), CFB(vector)).encryptor()
    return cipher.update(packed), _entry(
        name,
        len(plain),
        f'<m:algorithm m:algorithm-name="Blowfish CFB" m:initialisation-vector="{_b64(vector)}"/>',
        f'<m:key-derivation m:key-derivation-name="PBKDF2" m:iteration-count="1024" m:salt="{_b64(salt)}"/>',
        "",
        f'm:checksum-type="SHA1/1K" m:checksum="{_b64(hashlib.sha1(packed[:1024]).digest())}"',
    )


def part_by_part(plain: bytes, seal: Callable[[str, bytes], tuple[bytes, str]]) -> bytes:
    parts = open_package(plain, DEFAULTS)
    sealed = {name: seal(name, parts.read(name)) for name in ("content.xml", "styles.xml")}
    described = manifest("".join(entry for _, entry in sealed.values()))
    data = {name: data for name, (data, _) in sealed.items()}
    return package({"mimetype": parts.read("mimetype"), **data, "META-INF/manifest.xml": described})


def as_a_whole(plain: bytes) -> bytes:
    """As LibreOffice can since 24.2."""
    salt, vector = os.urandom(16), os.urandom(12)
    start = hashlib.sha256(PASSWORD.encode()).digest()
    key = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=1024).derive(start)
    described = _entry(
        "encrypted-package",
        len(plain),
        '<m:algorithm m:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" '
        f'm:initialisation-vector="{_b64(vector)}"/>',
        '<m:key-derivation m:key-derivation-name="urn:org:documentfoundation:names:experimental:office:manifest:'
        'argon2id" m:key-size="32" l:argon2-iterations="1" l:argon2-memory="1024" l:argon2-lanes="1" '
        f'm:salt="{_b64(salt)}"/>',
        '<m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>',
    )
    sealed = vector + AESGCM(key).encrypt(vector, plain, None)
    return package({"encrypted-package": sealed, "META-INF/manifest.xml": manifest(described)})


def manifest(entries: str) -> str:
    return (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" xmlns:l="urn:org:documentfoundation:'
        f'names:experimental:office:xmlns:loext:1.0">{entries}</m:manifest>'
    )


def _entry(name: str, size: int, algorithm: str, derivation: str, start: str, checksum: str = "") -> str:
    within = f"<m:encryption-data {checksum}>{algorithm}{derivation}{start}</m:encryption-data>"
    return f'<m:file-entry m:full-path="{name}" m:size="{size}">{within}</m:file-entry>'


def _b64(data: bytes) -> str:
    return b64encode(data).decode()


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _padded(data: bytes) -> bytes:
    size = 16 - len(data) % 16
    return data + os.urandom(size - 1) + bytes([size])


# ZIP archives


def zipped(name: str, plain: bytes) -> bytes:
    """The cipher that every program of archives knows."""
    packed, crc, coded = _deflated(plain), zlib.crc32(plain), name.encode()
    sealed = _traditional(os.urandom(11) + bytes([crc >> 24]) + packed)
    common = struct.pack("<HHHHHIIIHH", 20, 1, 8, 0, 0, crc, len(sealed), len(plain), len(coded), 0)
    local = b"PK\x03\x04" + common + coded + sealed
    central = b"PK\x01\x02\x14\0" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + coded
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _traditional(plain: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def turn(byte: int) -> None:
        keys[0] = ~zlib.crc32(bytes([byte]), ~keys[0] & 0xFFFFFFFF) & 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = ~zlib.crc32(bytes([keys[1] >> 24]), ~keys[2] & 0xFFFFFFFF) & 0xFFFFFFFF

    for byte in PASSWORD.encode():
        turn(byte)
    sealed = bytearray()
    for byte in plain:
        mask = keys[2] | 2
        sealed.append(byte ^ (mask * (mask ^ 1) >> 8 & 255))
        turn(byte)
    return bytes(sealed)
