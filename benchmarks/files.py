"""Files: the texts of the evaluation sets as people keep them, in five formats, beside real documents.

Each text becomes one file, of the next format in turn. Knows how to write them and nothing of what reads them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from html import escape
from itertools import chain, cycle
from pathlib import Path

from benchmarks.data import EvalSet


def write_library(sets: Sequence[EvalSet], docs: Path, folder: Path, *, parts: int) -> list[Path]:
    """Folders of files, each a part of all: every text of the sets, and the files of `docs` in the same formats."""
    folders = [folder / f"part-{number}" for number in range(parts)]
    suffixes = (suffix for suffix in cycle(WRITERS) for _ in folders)
    texts = chain.from_iterable(each.files().items() for each in sets)
    for (name, text), part, suffix in zip(texts, cycle(folders), suffixes, strict=False):
        file = part / f"{name.removesuffix('.txt')}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[suffix](file, text)
    real = [file for file in sorted(docs.iterdir()) if file.suffix in WRITERS]
    for file, part in zip(real, cycle(folders), strict=False):
        shutil.copyfile(file, part / file.name)
    return folders


def _write_text(file: Path, text: str) -> None:
    file.write_bytes(text.encode("utf-8"))


def _write_markdown(file: Path, text: str) -> None:
    _write_text(file, f"# {file.stem}\n\n{text}\n")


def _write_html(file: Path, text: str) -> None:
    body = "\n".join(f"<p>{escape(line)}</p>" for line in _lines(text))
    _write_text(file, f"<!doctype html>\n<html><head><title>{escape(file.stem)}</title></head><body>\n{body}\n</body>")


def _write_docx(file: Path, text: str) -> None:
    from docx import Document

    document = Document()
    for line in _lines(text):
        document.add_paragraph("".join(filter(_is_written, line)))
    document.save(str(file))


def _write_pdf(file: Path, text: str) -> None:
    """In a font that every reader of PDF has, and that knows Latin-1 alone."""
    from fpdf import FPDF

    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=11)
    for line in _lines(text):
        document.multi_cell(0, 5, line.encode("latin-1", "replace").decode("latin-1"), new_x="LMARGIN", new_y="NEXT")
        document.ln(2)
    document.output(str(file))


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


def _is_written(character: str) -> bool:
    """XML holds no control characters."""
    return character.isprintable() or character.isspace()


WRITERS: dict[str, Callable[[Path, str], None]] = {
    ".txt": _write_text,
    ".md": _write_markdown,
    ".html": _write_html,
    ".docx": _write_docx,
    ".pdf": _write_pdf,
}
"""By ending."""
