"""The elements of XML documents by what they are: of JATS, DocBook, CNXML, TEI, DITA, and others that resemble them.

Names without their namespace, in lower case.
"""

from __future__ import annotations

SKIPPED = frozenset(
    """
    script style metadata prolog object-id article-id journal-id issn isbn publisher-id contrib-id institution-id
    permissions history counts custom-meta-group self-uri related-object related-article author-notes funding-group
    inline-graphic graphic iframe content-id uuid revisiondesc encodingdesc profiledesc publicationstmt sourcedesc
    tex-math processing-instruction indexterm anchor
    """.split()
)
HEADINGS = frozenset("title head heading article-title subtitle refentrytitle".split())
ASIDES = frozenset(
    """
    caption fig figure table table-wrap informaltable note example informalexample exercise problem solution list
    itemizedlist orderedlist procedure tip warning important caution boxed-text equation formalpara blockquote media
    supplementary-material entry-citation element-citation mixed-citation biblioentry bibl titlegroup
    """.split()
)
"""What stands beside the text: its title is no heading, for the text goes on behind it."""
PARAGRAPHS = frozenset(
    """
    p para simpara ab l line speaker stage shortdesc term def label attrib subject kwd paragraph
    glossterm mixed-citation bibl biblioentry bibliomixed surname email cmd desc personname
    """.split()
)
CODE = frozenset("programlisting screen literallayout preformat code codeblock synopsis verbatim pre".split())
LISTS = frozenset("list itemizedlist orderedlist simplelist ul ol procedure steps steps-unordered listbibl".split())
ITEMS = frozenset("item listitem list-item li step member".split())
ORDERED = frozenset("orderedlist ol procedure steps".split())
ROWS = frozenset("tr row".split())
CELLS = frozenset("td th entry cell".split())
FLOATS = frozenset("fn footnote note fig figure table-wrap boxed-text supplementary-material media".split())
"""What is put behind the paragraph that it stands in."""
BLOCKS = (
    LISTS
    | FLOATS
    | frozenset(
        "table informaltable disp-formula disp-quote blockquote quote-block programlisting screen literallayout"
        " preformat codeblock example exercise p para simpara def-list variablelist equation lg".split()
    )
)
BREAKS = frozenset("br break lb".split())
VERSES = frozenset("lg linegroup verse-group stanza".split())
