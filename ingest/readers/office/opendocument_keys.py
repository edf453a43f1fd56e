"""Encrypted OpenDocument packages (.odt, .ods, .odp), made plain.

Knows META-INF/manifest.xml of ODF 1.2 and 1.3, which says for each part how it was encrypted, and the single
encrypted package that LibreOffice can write since 24.2; `cryptography` knows the ciphers.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from lxml import etree

from ingest.readers.office.packages import Package, open_package
from ingest.readers.office.passwords import locked
from ingest.readers.options import Options
from phi_assistant.errors import EncryptedFile, LoadError

_MANIFEST = "META-INF/manifest.xml"
_NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_WHOLE = "encrypted-package"
_MOST_ROUNDS, _MOST_KIBIBYTES = 10_000_000, 1_000_000
"""Beyond these a file is made to keep the machine busy."""
_DAMAGED = "is encrypted, and damaged as well. Save it again, and add that."
_UNKNOWN = "is encrypted in a way that cannot be undone here. Save a copy without a password, and add that."
_KEYS = "is encrypted for the keys of certain people (OpenPGP). Save a copy without that, and add it."


class _WrongPassword(Exception):
    """The bytes that it leads to are not those that were encrypted."""


@dataclass(frozen=True, slots=True)
class _Lock:
    """How one part was encrypted; the names are the end of what the manifest says, in lower case."""

    cipher: str
    vector: bytes
    derivation: str
    start: str
    """The digest of the password that the key is derived from."""
    salt: bytes
    length: int
    rounds: int
    memory: int
    lanes: int
    checksum: bytes
    """The digest of the first 1024 bytes that were encrypted; empty where the cipher itself vouches for them."""

    def opened(self, data: bytes, password: str) -> bytes:
        try:
            plain = self._deciphered(data, self._key(password))
        except (ValueError, InvalidTag) as exc:  # no whole number of blocks, or another tag
            raise _WrongPassword from exc
        digest = hashlib.sha256 if len(self.checksum) == 32 else hashlib.sha1
        if self.checksum and digest(plain[:1024]).digest() != self.checksum:
            raise _WrongPassword
        return plain

    def _key(self, password: str) -> bytes:
        start = hashlib.new(self.start, password.encode()).digest()
        if self.derivation.endswith("argon2id"):
            return Argon2id(
                salt=self.salt, length=self.length, iterations=self.rounds, lanes=self.lanes, memory_cost=self.memory
            ).derive(start)
        if self.derivation != "pbkdf2" and not self.derivation.endswith("#pbkdf2"):
            raise EncryptedFile(_UNKNOWN)
        return hashlib.pbkdf2_hmac("sha1", start, self.salt, self.rounds, self.length)

    def _deciphered(self, data: bytes, key: bytes) -> bytes:
        if self.cipher.endswith("-gcm"):
            sealed = data.removeprefix(self.vector)  # some write it before the bytes as well
            return AESGCM(key).decrypt(self.vector, sealed, None)
        if self.cipher.endswith("-cbc"):
            plain = _all(Cipher(algorithms.AES(key), modes.CBC(self.vector)).decryptor(), data)
            return plain[: -plain[-1]] if plain else plain
        if self.cipher.startswith("blowfish"):
            return _all(Cipher(Blowfish(key), CFB(self.vector)).decryptor(), data)
        raise EncryptedFile(_UNKNOWN)


def decrypted_opendocument(data: bytes, options: Options) -> bytes:
    """The plain package, without its pictures; the same data where it is no encrypted OpenDocument package."""
    if _MANIFEST.encode() not in data:
        return data
    package = open_package(data, options)
    if _MANIFEST not in package:
        return data
    manifest = package.xml(_MANIFEST)
    locks = {name: lock for name, lock in _locks(manifest) if _is_read(name)}
    if not locks:
        return data
    first = next(iter(locks))
    password = _password(package.read(first), locks[first], options)
    parts = {name: _part(package.read(name), lock, password, options) for name, lock in locks.items()}
    return parts[_WHOLE] if _WHOLE in parts else _plain(package, manifest, parts)


def _password(sealed: bytes, lock: _Lock, options: Options) -> str:
    for password in options.passwords:
        try:
            _inflated(lock.opened(sealed, password), options)
        except _WrongPassword:
            continue
        return password
    raise locked(options.passwords)


def _part(sealed: bytes, lock: _Lock, password: str, options: Options) -> bytes:
    try:
        return _inflated(lock.opened(sealed, password), options)
    except _WrongPassword as exc:
        raise LoadError(_DAMAGED) from exc


def _inflated(plain: bytes, options: Options) -> bytes:
    """Parts are compressed before they are encrypted, the whole package is not always."""
    if plain.startswith(b"PK\x03\x04"):
        return plain
    try:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        part = unpacking.decompress(plain, options.unpacked)
    except zlib.error as exc:
        raise _WrongPassword from exc
    if unpacking.unconsumed_tail:
        raise LoadError("is too large: it unpacks to more than is allowed. Split it into several files.")
    return part


def _is_read(name: str) -> bool:
    """Pictures are not, and each part takes a moment to derive its key."""
    return name == _WHOLE or name.endswith((".xml", ".rdf"))


def _plain(package: Package, manifest: etree._Element, parts: dict[str, bytes]) -> bytes:
    for entry in manifest.iter(f"{_NAMESPACE}file-entry"):
        for data in entry.findall(f"{_NAMESPACE}encryption-data"):
            entry.remove(data)
    plain = BytesIO()
    with zipfile.ZipFile(plain, "w") as target:
        for name in ["mimetype"] if "mimetype" in package else []:
            target.writestr(name, package.read(name))
        for name, part in {**parts, _MANIFEST: etree.tostring(manifest)}.items():
            target.writestr(name, part)
    return plain.getvalue()


def _locks(manifest: etree._Element) -> Iterator[tuple[str, _Lock]]:
    for entry in manifest.iter(f"{_NAMESPACE}file-entry"):
        for data in entry.findall(f"{_NAMESPACE}encryption-data"):
            try:
                yield _get(entry, "full-path"), _lock(data)
            except (ValueError, NotBase64) as exc:
                raise LoadError(_DAMAGED) from exc


def _lock(data: etree._Element) -> _Lock:
    algorithm, key, start = (
        data.find(f"{_NAMESPACE}{name}") for name in ("algorithm", "key-derivation", "start-key-generation")
    )
    if algorithm is None or key is None:
        raise EncryptedFile(_KEYS)
    return _Lock(
        cipher=_get(algorithm, "algorithm-name").lower(),
        vector=b64decode(_get(algorithm, "initialisation-vector")),
        derivation=_get(key, "key-derivation-name").lower(),
        start="sha256" if start is not None and "sha256" in _get(start, "start-key-generation-name") else "sha1",
        salt=b64decode(_get(key, "salt")),
        length=int(_get(key, "key-size") or 16),
        rounds=min(int(_get(key, "iteration-count") or _get(key, "argon2-iterations") or 1), _MOST_ROUNDS),
        memory=min(int(_get(key, "argon2-memory") or 0), _MOST_KIBIBYTES),
        lanes=int(_get(key, "argon2-lanes") or 1),
        checksum=b64decode(_get(data, "checksum")),
    )


def _all(decryptor: CipherContext, data: bytes) -> bytes:
    return decryptor.update(data) + decryptor.finalize()


def _get(element: etree._Element, name: str) -> str:
    """An attribute, whichever of the two namespaces it was given."""
    return next((value for key, value in element.items() if etree.QName(key).localname == name), "")
