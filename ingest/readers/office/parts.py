"""The parts of an Office package and how they refer to one another (.xlsx, .pptx).

Knows relationships; knows nothing of what a part holds. What lies outside of the package is never followed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from lxml import etree

from ingest.readers.office.packages import Package
from phi_assistant.errors import LoadError


@dataclass(frozen=True, slots=True)
class Part:
    """A part that another one refers to."""

    id: str
    kind: str
    """What it is to the other: "worksheet", "notesSlide", "chart" …"""
    name: str
    """Its name in the package."""


@dataclass(frozen=True)
class Parts:
    """The package seen as parts that refer to parts."""

    package: Package

    @cached_property
    def _names(self) -> dict[str, str]:
        """Names are compared without regard to case: some programs are careless with it."""
        return {name.lower(): name for name in self.package.namelist()}

    def main(self, otherwise: str) -> str:
        """The part that the package is there for: the workbook, the presentation."""
        return next((part.name for part in self.related("", "officeDocument")), otherwise)

    def related(self, name: str, *kinds: str) -> Iterator[Part]:
        """The parts that a part refers to and that are there; of these kinds, or of any."""
        folder, file = posixpath.split(name)
        relations = self._names.get(posixpath.join(folder, "_rels", f"{file}.rels").lower())
        if relations is None:
            return
        for relation in self.package.xml(relations):
            target = posixpath.normpath(posixpath.join("/", folder, unquote(relation.get("Target", ""))))
            found = self._names.get(target.lstrip("/").lower())
            kind = relation.get("Type", "").rsplit("/", 1)[-1]
            if found and relation.get("TargetMode") != "External" and (kind in kinds or not kinds):
                yield Part(relation.get("Id", ""), kind, found)

    def xml(self, name: str) -> etree._Element:
        return self.package.xml(self._names.get(name.lower(), name))

    def roots(self, name: str, *kinds: str) -> Iterator[etree._Element]:
        """What the related parts of these kinds hold, without those that are damaged: notes, comments, drawings."""
        for part in self.related(name, *kinds):
            try:
                yield self.xml(part.name)
            except LoadError:
                continue

    def title(self) -> str:
        """The title in the properties of the document."""
        for root in self.roots("", "core-properties"):
            return root.findtext("{http://purl.org/dc/elements/1.1/}title") or ""
        return ""


def relation(element: etree._Element, name: str = "id") -> str:
    """The id of the relationship that an element names, `r:id`, in either of the two namespaces for it."""
    return next((value for key, value in element.items() if key.endswith(f"elationships}}{name}")), "")
