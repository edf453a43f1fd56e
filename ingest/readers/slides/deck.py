"""Presentations (.pptx, .ppt, .odp): a page for each slide, with the number it is presented under.

Hidden slides are read: PowerPoint shows them among the others, with their numbers. Speaker notes and comments
follow the slide. Dates, footers and slide numbers that stand on every slide are dropped; pictures are not read.
"""

from __future__ import annotations

from ingest.readers.damages import told
from ingest.readers.extraction import Extraction
from ingest.readers.office.packages import open_package
from ingest.readers.office.parts import Parts
from ingest.readers.opendocument.text import document_title
from ingest.readers.options import Options
from ingest.readers.slides.odp import odp_slides
from ingest.readers.slides.ppt import ppt_slides
from ingest.readers.slides.pptx import pptx_slides
from ingest.readers.slides.shown import pages_of


def read_pptx(data: bytes, *, stem: str, options: Options) -> Extraction:
    with open_package(data, options) as package, told():
        parts = Parts(package)
        return pages_of(pptx_slides(parts), title=parts.title(), stem=stem, options=options)


def read_odp(data: bytes, *, stem: str, options: Options) -> Extraction:
    with open_package(data, options) as package, told():
        title = document_title(package.xml("meta.xml")) if "meta.xml" in package else ""
        return pages_of(odp_slides(package), title=title, stem=stem, options=options)


def read_ppt(data: bytes, *, stem: str, options: Options) -> Extraction:
    with told():
        return pages_of(ppt_slides(data), title="", stem=stem, options=options)
