"""ZIP archives: the documents in them, one after another.

Knows names in archives and what is litter there; `packages` knows how to unpack without coming to harm, and
`load` how each document is read. Nothing is written to the disk.
"""

from __future__ import annotations

import re
from contextlib import suppress
from zipfile import ZipInfo

from ingest.readers.extraction import Extraction, Problem, readable, tiled
from ingest.readers.inner import Inner, InnerFiles
from ingest.readers.office.packages import open_package
from ingest.readers.options import Options
from phi_assistant.errors import LoadError, NoText

__all__ = ["read_archive"]

_LITTER = re.compile(r"(^|/)(__MACOSX/|\.|~\$|(thumbs\.db|ehthumbs\.db|desktop\.ini)$)", re.IGNORECASE)
_CLIMBS = re.compile(r"/|[A-Za-z]:|(.*/)?\.\.(/|$)")
_REFUSED = "is refused: its name leads out of the archive. Rename it, and pack it again."


def read_archive(data: bytes, *, stem: str, options: Options, inner: Inner) -> Extraction:
    """Its pages are labelled with the path of their document in the archive: "2024/prices.xlsx, Sheet1"."""
    files = InnerFiles(inner)
    with open_package(data, options) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        for info in sorted(infos, key=lambda info: info.filename):
            name = _name(info)
            if _CLIMBS.match(name):
                files.problems.append(Problem(name, _REFUSED))
            elif not _LITTER.search(name):
                try:
                    member = archive.read(info)
                except LoadError as exc:
                    files.problems.append(Problem(name, str(exc)))
                else:
                    files.read(name, member)
    if not files.pages:
        raise _nothing(files.problems)
    return Extraction(title=readable(stem), pages=tiled(files.pages), problems=tuple(files.problems))


def _name(info: ZipInfo) -> str:
    """With "/" between folders; zipfile takes for cp437 what macOS writes as UTF-8 without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _nothing(problems: list[Problem]) -> LoadError:
    if not problems:
        return NoText("is an archive that holds no documents.")
    first = problems[0]
    others = f", and {len(problems) - 1} more cannot be read either" if len(problems) > 1 else ""
    return LoadError(f"is an archive in which nothing can be read: {first.where} {first.reason.rstrip('.')}{others}.")
