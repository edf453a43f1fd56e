"""ZIP packages, which .docx, .xlsx, .odt, .epub and archives are: opened so that they can do no harm.

Knows what unpacking may cost, and which errors zipfile and lxml raise for damaged parts; knows no format.
Nothing is written to the disk, so a member whose name climbs out of the package is only a name.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from lxml import etree

from ingest.readers.office.passwords import locked
from ingest.readers.options import Options, in_words, raising
from phi_assistant.errors import EncryptedFile, LoadError

_RATIO = 250
"""Bytes from one packed byte, beyond which a package is made to hurt: office documents stay below 100."""
_HARMLESS = 64_000_000
"""Unpacked bytes below which the ratio does not matter: a blank picture compresses a thousandfold."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that zipfile unpacks no further than it is asked to; with others a small member can fill the memory."""
_AES = 99
"""Stands in the place of the method where a member is encrypted in the way of WinZip, which zipfile cannot undo."""
_SEALED = "is an archive encrypted with AES, which no password opens here. Unpack it, and add what is in it."
_DAMAGED = "is damaged: it is cut short or altered. Open it in the program that wrote it, save it again, and add that."
_FAILURES = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError)
"""What zipfile raises for archives that are damaged or altered, or a password that does not fit."""


class Package(zipfile.ZipFile):
    """A ZIP archive in memory whose members are read whole; what is damaged raises `LoadError`."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """No more than the size its directory gives, of which the sum was checked."""
        try:
            info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
            if info.compress_type not in _METHODS:
                raise LoadError("is packed with a method that cannot be read. Pack it again as an ordinary ZIP.")
            with self.open(info, pwd=pwd) as member:
                return member.read(info.file_size) + member.read(1)  # the second one compares the checksum
        except KeyError as exc:
            raise LoadError(f"is damaged: it lacks its part {name!r}. Save it again, and add that.") from exc
        except _FAILURES as exc:
            raise LoadError(_DAMAGED) from exc

    def xml(self, name: str) -> etree._Element:
        """The root of a part in XML; nothing that it refers to is opened, no entity of its own is put in."""
        return parse_xml(self.read(name))

    def __contains__(self, name: object) -> bool:
        return name in self.NameToInfo


def open_package(data: bytes, options: Options) -> Package:
    """Raises `LoadError` for a damaged one or one that unpacks without end, `EncryptedFile` for a locked one."""
    try:
        package = Package(BytesIO(data))
    except _FAILURES as exc:
        raise LoadError(_DAMAGED) from exc
    unpacked = sum(info.file_size for info in package.infolist())
    if unpacked > options.unpacked:
        raise LoadError(
            f"is too large: it unpacks to {in_words(unpacked)}, more than the {in_words(options.unpacked)} allowed. "
            f"Split it into several files. {raising('file_unpacked')}"
        )
    if unpacked > max(_HARMLESS, _RATIO * len(data)):
        raise LoadError("is not read: it unpacks to far more than any document does, as files made to do harm do.")
    _unlock(package, options)
    return package


def parse_xml(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as exc:
        raise LoadError(_DAMAGED) from exc


def _unlock(package: Package, options: Options) -> None:
    """Set the first password that opens the smallest of the encrypted members."""
    encrypted = [info for info in package.infolist() if info.flag_bits & 1]
    if not encrypted:
        return
    if any(info.compress_type == _AES for info in encrypted):
        raise EncryptedFile(_SEALED)
    probe = min(encrypted, key=lambda info: info.file_size)
    for password in options.passwords:
        try:
            package.read(probe, password.encode())
        except LoadError:
            continue
        package.setpassword(password.encode())
        return
    raise locked(options.passwords)
