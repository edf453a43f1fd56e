"""Extracting a file: from its path to the chunks that are stored. What worker processes do most of the time.

Reads the bytes once: the digest is that of the text that was taken, even if the file was replaced meanwhile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from ingest.jobs import FileJob
from ingest.load import load_bytes
from ingest.readers.options import raising
from ingest.sources.files import contents
from ingest.split import split
from ingest.workers.messages import Extracted, Setup
from phi_assistant.errors import LoadError
from phi_assistant.schema import Page

_HALF = re.compile("[\ud800-\udfff]")


def extract(job: FileJob, setup: Setup) -> Iterator[Extracted]:
    """Raises `LoadError` or one of its kinds."""
    data = contents(job.path, job.root, most=setup.limits.size)
    extraction = load_bytes(data, name=job.path.name, options=setup.options)
    check_text(len(extraction.text), setup.limits.text)
    pages = [sound_page(page) for page in extraction.pages]
    title = sound(extraction.title)
    yield Extracted(
        name=job.id,
        title=title,
        digest=hashlib.sha256(data).hexdigest(),
        chunks=tuple(split(pages, source=job.id, title=title)),
        problems=tuple((sound(each.where), sound(each.reason)) for each in extraction.problems),
    )


def check_text(characters: int, most: int) -> None:
    """Raises `LoadError` for more text than can be held at once."""
    if characters > most:
        raise LoadError(
            f"holds {characters:,} characters of text, and {most:,} are taken from one file. "
            f"Split it. {raising('file_text')}"
        )


def sound(text: str) -> str:
    """Without halves of characters, which no database takes; mails and web pages have them. As long as before."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HALF.sub("\ufffd", text)
    return text


def sound_page(page: Page) -> Page:
    return replace(page, text=sound(page.text), label=sound(page.label))
