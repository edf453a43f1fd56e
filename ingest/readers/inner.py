"""Files within a file: what is attached to a mail, what an archive holds.

Knows how their pages are named and kept apart; `load` knows how each is read, through the function it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from ingest.readers.extraction import Extraction, Problem
from phi_assistant.errors import LoadError
from phi_assistant.schema import Page

__all__ = ["Inner", "InnerFiles"]

Inner = Callable[[str, bytes], Extraction]
"""Reads a file by its name and bytes; raises `LoadError` where it cannot."""


@dataclass(slots=True)
class InnerFiles:
    """What came of the files within one."""

    inner: Inner
    pages: list[Page] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def read(self, name: str, data: bytes, *, silent: tuple[type[LoadError], ...] = ()) -> None:
        """One more; what cannot be read is a problem, but for errors that are of no interest."""
        self.add(name, partial(self.inner, name, data), silent=silent)

    def add(self, name: str, read: Callable[[], Extraction], *, silent: tuple[type[LoadError], ...] = ()) -> None:
        """The same, for what is no file by itself: a message that is stored within another."""
        try:
            found = read()
        except silent:
            return
        except LoadError as exc:
            self.problems.append(Problem(name, str(exc)))
            return
        self.pages += _headed(found, name)
        self.problems += [replace(each, where=f"{name}, {each.where}") for each in found.problems]


def _headed(found: Extraction, name: str) -> Iterator[Page]:
    """Its pages under a heading of its own, so that it does not stand under the last one of the file before."""
    first, *others = [replace(page, label=f"{name}, {page.label}" if page.label else name) for page in found.pages]
    heading = "" if first.text.startswith("# ") else f"# {found.title}\n\n"
    if heading and first.columns:  # a row of values is no heading
        yield Page(heading, name, start=0)
        heading = ""
    pages = [replace(first, text=heading + first.text), *others]
    yield from pages[:-1]
    yield replace(pages[-1], text=pages[-1].text.rstrip("\n") + "\n\n")
