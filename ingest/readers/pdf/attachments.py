"""The files that are attached to a PDF.

Knows where they are kept and how they are told apart from the pages; `load` reads them, through the function
that it gives.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.extraction import Extraction, Problem
from phi_assistant.errors import LoadError, UnknownFormat

__all__ = ["Attachment", "attachments_of", "read_attachments"]

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".svg", ".tif", ".tiff", ".ico", ".emf", ".wmf")
_SEPARATE = "\n\n"


class Attachment(NamedTuple):
    name: str
    data: bytes


def attachments_of(document: pypdfium2.PdfDocument, *, limit: int) -> tuple[list[Attachment], list[Problem]]:
    """Those that can be had without unpacking more than `limit` bytes together, and what is wrong with the others."""
    attachments: list[Attachment] = []
    problems: list[Problem] = []
    for at, handle in enumerate(_handles(document), start=1):
        name = _name(handle) or f"{at}"
        length = ctypes.c_ulong()
        if not pdfium.FPDFAttachment_GetFile(handle, None, 0, length):
            problems.append(Problem(f"attachment {name}", "is damaged: the attachment cannot be taken out of the PDF."))
            continue
        limit -= length.value
        if limit < 0:
            problems.append(
                Problem(f"attachment {name}", "is too large to be unpacked. Save the attachment, and add it by itself.")
            )
            break
        buffer = ctypes.create_string_buffer(max(length.value, 1))
        pdfium.FPDFAttachment_GetFile(handle, buffer, length.value, length)
        attachments.append(Attachment(name, buffer.raw[: length.value]))
    return attachments, problems


def read_attachments(
    attachments: Iterable[Attachment], read: Callable[[str, bytes], Extraction]
) -> tuple[list[tuple[str, str]], list[Problem]]:
    """Text and label of their pages; pictures and what there is no reader for are passed over."""
    pages: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for name, data in attachments:
        if not data or name.lower().endswith(_PICTURES):
            continue
        try:
            found = read(name, data)
        except UnknownFormat:
            continue
        except LoadError as exc:
            problems.append(Problem(f"attachment {name}", str(exc)))
            continue
        pages += [(page.text, _place(name, page.label)) for page in found.pages[:-1]]
        pages.append((found.pages[-1].text.rstrip() + _SEPARATE, _place(name, found.pages[-1].label)))
        problems += [Problem(_place(name, each.where), each.reason) for each in found.problems]
    return pages, problems


def _place(name: str, label: str) -> str:
    return f"attachment {name}, {label}" if label else f"attachment {name}"


def _handles(document: pypdfium2.PdfDocument) -> Iterator[pdfium.FPDF_ATTACHMENT]:
    for index in range(pdfium.FPDFDoc_GetAttachmentCount(document)):
        if handle := pdfium.FPDFDoc_GetAttachment(document, index):
            yield handle


def _name(handle: pdfium.FPDF_ATTACHMENT) -> str:
    length = pdfium.FPDFAttachment_GetName(handle, None, 0)
    buffer = ctypes.create_string_buffer(length + 2)
    pdfium.FPDFAttachment_GetName(handle, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    name = buffer.raw[:length].decode("utf-16-le", "replace").partition("\0")[0]
    return PurePosixPath(name.replace("\\", "/")).name
