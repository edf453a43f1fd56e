"""Directives and roles that docutils does not know, or knows in a way that is of no use here: their words are kept.

Sphinx has hundreds, and every project its own ones. Knows which of them hold code, which say nothing to a reader,
and of the others only that they have arguments, options and content.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles, states
from docutils.parsers.rst.languages import en
from docutils.utils import unescape

__all__ = ["made_known"]

_NAME = r"[^\W_]+(?:[-._+:][^\W_]+)*"
_DIRECTIVE = re.compile(rf"({_NAME}) ?::(?=\s|$)")
_ROLE = re.compile(rf":({_NAME}):`|`:({_NAME}):")
_OPTION = re.compile(r":([^\s:][^:]*):(?:\s+(.*))?$")
_TITLED = re.compile(r"(.*?)\s*<[^<>]*>", re.DOTALL)

_CODE = frozenset(
    """
    code code-block sourcecode parsed-code prompt doctest testcode testoutput productionlist math graphviz digraph
    graph uml plantuml mermaid ipython jupyter-execute console terminal
    """.split()
)
_SILENT = frozenset(
    """
    image raw include literalinclude meta date contents sectnum section-numbering highlight index default-domain
    currentmodule module tabularcolumns sectionauthor codeauthor moduleauthor testsetup testcleanup todolist
    """.split()
)
"""What they name lies in other files, is for programs, or repeats what stands in the document."""
_SETTINGS = frozenset("figure only container rst-class cssclass".split())
"""Their argument is for programs, their content is not."""
_LABELS = {
    "versionadded": "New in version", "versionchanged": "Changed in version", "versionremoved": "Removed in version",
    "deprecated": "Deprecated since version", "seealso": "See also",
}  # fmt: skip
_SAID = ("title", "caption")
"""Options that are printed."""


def made_known(text: str) -> None:
    """All that this text uses; known to docutils from then on, for it keeps them in tables of its own."""
    for name in {match[1].lower() for match in _DIRECTIVE.finditer(text)}:
        if name not in en.directives or name in _CODE | _SILENT | _SETTINGS:
            directives.register_directive(name, _Words)
    for name in {(match[1] or match[2]).lower() for match in _ROLE.finditer(text)}:
        if name not in en.roles:
            roles.register_local_role(name, _words)


class _Words(Directive):  # type: ignore[misc]
    """Takes everything as content, so that none of it can be wrong."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.name.lower().rpartition(":")[2]
        if name in _SILENT:
            return [nodes.inline()]
        arguments, said, at = self._head()
        if name in _CODE:
            text = "\n".join([*arguments[1:], *self.content[at:]]).strip("\n")
            return [*map(_paragraph, said), nodes.literal_block(text, text)]
        words = [] if name in _SETTINGS else [self._inline(_labelled(name, arguments))]
        if isinstance(self.state, states.SubstitutionDef):
            return [nodes.inline("", "", *(child for each in words for child in each.children))]
        content = nodes.container()
        if name == "toctree":
            content += self._contents(at)
        else:
            self.state.nested_parse(self.content[at:], self.content_offset + at, content)
        return [*words, *map(_paragraph, said), *content.children]

    def _head(self) -> tuple[list[str], list[str], int]:
        """The lines of the argument, what options say to readers, and how many lines that were."""
        first, *others = self.block_text.split("\n")
        argued = not first.rstrip().endswith("::")
        at = 0
        while argued and at < len(self.content) and self.content[at].strip() and not _OPTION.match(self.content[at]):
            at += 1
        arguments, said = list(self.content[:at]), list[str]()
        if argued or (others and others[0].strip()):
            while at < len(self.content) and (option := _OPTION.match(self.content[at])):
                said += [option[2]] if option[1] in _SAID and option[2] else []
                at += 1
                while at < len(self.content) and self.content[at][:1].isspace():
                    at += 1
        return arguments, said, at

    def _inline(self, text: str) -> nodes.paragraph:
        """As it stands where it is no markup: "open(*names, **options)"."""
        children, messages = self.state.inline_text(text, self.lineno)
        return _paragraph(text) if messages else nodes.paragraph(text, "", *children)

    def _contents(self, at: int) -> nodes.bullet_list:
        """The pages of a table of contents: by title where one is given."""
        lines = (_shown(line.strip()) for line in self.content[at:])
        items = [nodes.list_item("", _paragraph(line)) for line in lines if line]
        return nodes.bullet_list("", *items)


def _labelled(name: str, arguments: list[str]) -> str:
    """ "New in version 1.2: the rest"; signatures stand in lines of their own."""
    if name not in _LABELS:
        return "\n".join(arguments)
    first, _, rest = " ".join(arguments).partition(" ")
    if name == "seealso":
        return f"{_LABELS[name]}: {first} {rest}".rstrip(": ")
    return f"{_LABELS[name]} {first}" + (f": {rest}" if rest else "")


def _paragraph(text: str) -> nodes.paragraph:
    return nodes.paragraph(text, text)


def _words(
    role: str, source: str, text: str, line: int, inliner: Any, options: Any = None, content: Any = None
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    return [nodes.inline(source, _shown(unescape(text)))], []


def _shown(text: str) -> str:
    """ "the guide" of "the guide <guide>", "Box" of "~a.b.Box"."""
    titled = _TITLED.fullmatch(text)
    if titled and titled[1]:
        return titled[1]
    return text.rpartition(".")[2] if text.startswith("~") else text.lstrip("!")
