"""Office files with a password, made plain: those wrapped in OLE (.docx, .xlsx, .pptx), old binary ones
(.doc, .xls, .ppt), and OpenDocument packages.

Knows which files are encrypted and which passwords to try; msoffcrypto knows Microsoft's ways of encrypting,
`opendocument_keys` those of OpenDocument. What is not encrypted is handed back as it is.
"""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

import msoffcrypto
import olefile
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

from ingest.readers.office.opendocument_keys import decrypted_opendocument
from ingest.readers.office.passwords import locked
from ingest.readers.options import Options
from phi_assistant.errors import EncryptedFile, LoadError

__all__ = ["decrypted"]

logging.getLogger("msoffcrypto").setLevel(logging.ERROR)  # it warns of every password that does not fit
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BUILT_IN = ("VelvetSweatshop", "/01Hannes Ruescher/01")
"""With these Excel and PowerPoint encrypt what is only protected against changes; no user is asked for them."""
_UNKNOWN = "is encrypted in a way that cannot be undone here. Save a copy without a password, and add that."


def decrypted(data: bytes, options: Options) -> bytes:
    """The plain file. Raises `EncryptedFile` when no password of the options opens it."""
    if data.startswith(_OLE):
        return _opened(data, options) if _is_encrypted(data) else data
    return decrypted_opendocument(data, options) if data.startswith(b"PK") else data


def _is_encrypted(data: bytes) -> bool:
    """Damaged files, and other things in OLE such as Outlook messages, are not: their own readers judge them."""
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            if file.exists("EncryptedPackage"):
                return True
        return bool(msoffcrypto.OfficeFile(BytesIO(data)).is_encrypted())
    except Exception:  # both raise whatever foreign or damaged data leads them into
        return False


def _opened(data: bytes, options: Options) -> bytes:
    for password in (*_BUILT_IN, *filter(None, options.passwords)):
        try:
            return _with(msoffcrypto.OfficeFile(BytesIO(data)), password)
        except InvalidKeyError:
            continue
        except DecryptionError as exc:
            raise EncryptedFile(_UNKNOWN) from exc
        except Exception as exc:  # as above; a package without the description of its encryption is one of these
            raise LoadError("is encrypted, and damaged or protected by rights management as well.") from exc
    raise locked(options.passwords)


def _with(file: Any, password: str) -> bytes:
    plain = BytesIO()
    if file.format == "ooxml":
        file.load_key(password=password, verify_password=True)
    else:
        file.load_key(password=password)
    file.decrypt(plain)
    return plain.getvalue()
