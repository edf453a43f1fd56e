"""XML documents: articles (JATS), textbooks (DocBook, CNXML), editions (TEI), and the text of any other.

Knows how a document of strangers is opened without harm, and what stands at the head of an article; `xml_blocks`
knows elements. Nothing that it refers to is fetched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

from ingest.readers.extraction import Extraction, extraction, first_heading
from ingest.readers.markup.xml_blocks import Element, blocks, inline, local
from ingest.readers.options import Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError, NoText

__all__ = ["read_xml"]

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_CHARSET = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w.:-]+)")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_DEFINED = re.compile(r"<!ENTITY\s+([\w.-]+)\s")
_LONGEST_ENTITY = 200
"""Characters: names of products and the like. Longer ones could be repeated until they fill the memory."""
_ENTITIES = "is not read: it is built from texts within texts (entities), as files made to do harm are."


def read_xml(data: bytes, *, stem: str, options: Options) -> Extraction:
    root = _parsed(data)
    try:
        text = "\n\n".join(filter(None, _document(root, 1)))
    except RecursionError as exc:
        raise LoadError("nests its elements too deeply to be read.") from exc
    if not text.strip():
        raise NoText("holds no text: its elements are empty.")
    return extraction([(text, "")], titles=(first_heading(text),), stem=stem)


def _parsed(data: bytes) -> Element:
    declared = _CHARSET.search(data[:200])
    text = decode(data, declared=declared[1].decode() if declared else None)
    # Declared anew, for what it declares may be wrong.
    text = _with_characters(_DECLARATION.sub("", text.lstrip("\ufeff"), count=1))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as exc:
        line = f" in line {exc.lineno}" if exc.lineno else ""
        raise LoadError(f"is damaged, or no XML: it cannot be understood{line}. Write it again.") from exc
    except ValueError as exc:
        raise LoadError("is damaged, or no XML. Write it again.") from exc
    _resolve(root)
    return root


def _with_characters(text: str) -> str:
    """The entities of HTML, which definitions that are not fetched would have told; its own ones stay."""
    own = {"amp", "lt", "gt", "quot", "apos", *_DEFINED.findall(text)}
    return _ENTITY.sub(lambda entity: entity[0] if entity[1] in own else html.unescape(entity[0]), text)


def _resolve(root: Element) -> None:
    """Short texts that the document defines itself; those that lie in other files are left out."""
    dtd = root.getroottree().docinfo.internalDTD
    own = {entity.name: entity.content or "" for entity in dtd.iterentities()} if dtd is not None else {}
    for node in list(root.iter(etree.Entity)):
        text = own.get(node.name, "")
        if len(text) > _LONGEST_ENTITY or "&" in text:
            raise LoadError(_ENTITIES)
        parent, before = node.getparent(), node.getprevious()
        words = text + (node.tail or "")
        if before is not None:
            before.tail = (before.tail or "") + words
        else:
            parent.text = (parent.text or "") + words
        node.tail = None
        parent.remove(node)


def _document(root: Element, level: int) -> Iterator[str]:
    """An article has its title and authors first; what follows it stands below it."""
    front = next((child for child in root if local(child) in ("front", "front-stub")), None)
    if front is None:
        yield from blocks(root, level)
        return
    yield from _front(front, level)
    for child in root:
        if local(child) in ("sub-article", "response"):
            yield from _document(child, level + 1)
        elif local(child) == "back":
            yield from _back(child, level + 1)
        elif child is not front:
            yield from blocks(child, level + 1)


def _front(front: Element, level: int) -> Iterator[str]:
    title = next(_within(front, "article-title"), None)
    yield f"{'#' * level} {inline(title)}" if title is not None else ""
    people = [each for each in _within(front, "contrib") if each.get("contrib-type", "author") == "author"]
    authors = ", ".join(filter(None, dict.fromkeys(map(_names, people))))
    journal = next(map(inline, _within(front, "journal-title")), "")
    year = next((inline(year) for date in _within(front, "pub-date") for year in _within(date, "year")), "")
    about = [("Authors", authors), ("Published", ", ".join(filter(None, (journal, year))))]
    yield "\n".join(f"{label}: {value}" for label, value in about if value)
    for abstract in _within(front, "abstract", "trans-abstract"):
        if next(_within(abstract, "title"), None) is None or local(abstract[0]) != "title":
            yield f"{'#' * (level + 1)} Abstract"
        yield from blocks(abstract, level + 1)
    keywords = ", ".join(map(inline, _within(front, "kwd")))
    yield f"Keywords: {keywords}" if keywords else ""


def _back(back: Element, level: int) -> Iterator[str]:
    """References as a list, one line each."""
    for child in back:
        if local(child) != "ref-list":
            yield from blocks(child, level)
            continue
        yield f"{'#' * level} {next(map(inline, _within(child, 'title')), 'References')}"
        yield "\n".join(f"- {words}" for words in map(_reference, _within(child, "ref")) if words)


def _reference(ref: Element) -> str:
    citation = next((child for child in ref if local(child) != "label"), ref)
    if citation.text and citation.text.strip():
        return inline(citation)
    pages = "–".join(map(inline, _within(citation, "fpage", "lpage")))
    rest = [inline(each) for each in _within(citation, "year", "article-title", "source", "volume")]
    return ". ".join(part.rstrip(".") for part in (_names(citation), *rest, pages) if part)


def _names(element: Element) -> str:
    return ", ".join(filter(None, map(_name, _within(element, "name", "collab", "string-name"))))


def _name(element: Element) -> str:
    """ "Todd S Macfarlan"; written in the order of its language where it has no parts."""
    given, last = (next(map(inline, _within(element, part)), "") for part in ("given-names", "surname"))
    return f"{given} {last}".strip() or inline(element)


def _within(element: Element, *wanted: str) -> Iterator[Element]:
    return (each for each in element.iter() if each is not element and local(each) in wanted)
