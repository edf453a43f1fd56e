"""What libraries raise for damaged files, as the error that says so."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree

from phi_assistant.errors import LoadError

DAMAGED = "is damaged: it is cut short or altered. Open it in the program that wrote it, save it again, and add that."
DAMAGES = (
    etree.LxmlError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError,
    ValueError, LookupError, ArithmeticError, NotImplementedError, RuntimeError,
)  # fmt: skip


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except DAMAGES as exc:
        raise LoadError(DAMAGED) from exc
