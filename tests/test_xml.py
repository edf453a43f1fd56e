"""XML: articles, textbooks and data of any vocabulary, and files that are broken or made to do harm."""

from __future__ import annotations

import pytest
from written import survives

from ingest.load import load_bytes
from ingest.readers.extraction import Extraction
from ingest.readers.markup.xml import read_xml
from phi_assistant.errors import LoadError, NoText


def loaded(text: str | bytes) -> Extraction:
    return load_bytes(text if isinstance(text, bytes) else text.encode(), name="a.xml")


def read(text: str | bytes) -> str:
    return loaded(text).text


ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.2//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink"><front>
<journal-meta><journal-title-group><journal-title>The Journal</journal-title></journal-title-group></journal-meta>
<article-meta><article-id>10.1/x</article-id><title-group><article-title>On <italic>E. coli</italic></article-title>
</title-group><contrib-group>
<contrib contrib-type="author"><name><surname>Lovelace</surname><given-names>Ada</given-names></name></contrib>
<contrib contrib-type="author"><collab>The Group</collab></contrib>
<contrib contrib-type="editor"><name><surname>Nobody</surname><given-names>E</given-names></name></contrib>
</contrib-group><pub-date><year>2024</year></pub-date>
<abstract><p>We grew 10<sup>7</sup> cells<xref ref-type="fn">1</xref> at will<sup><xref
 ref-type="bibr">1</xref></sup>, as
 (<xref ref-type="bibr">Bell, 1999</xref>) did<xref ref-type="bibr"><sup>1</sup></xref>.</p></abstract>
<kwd-group><kwd>cells</kwd><kwd>growth</kwd></kwd-group></article-meta></front>
<body><sec><label>1</label><title>Methods</title><p>We used a cage
 (Figure 1).</p><sec><title>Growth</title><p>One.</p><p>Two.</p></sec>
<table-wrap><label>Table 1.</label><caption><title>Sizes</title></caption><table><thead><tr><th>Kind</th><th>Size</th>
</tr></thead><tbody><tr><td rowspan="2">Wild</td><td>5</td></tr><tr><td>6</td></tr></tbody></table></table-wrap>
<fig><label>Figure 1.</label><caption><p>The cage.</p></caption><graphic xlink:href="a.png"/></fig></sec></body>
<back><ack><title>Acknowledgements</title><p>Thanks.</p></ack><ref-list><title>References</title>
<ref><label>1</label><element-citation><name><surname>Bell</surname><given-names>B</given-names></name><year>1999</year>
<article-title>Cages</article-title><source>Nature</source><volume>3</volume><fpage>1</fpage><lpage>9</lpage>
</element-citation></ref></ref-list></back></article>"""


def test_an_article_has_its_title_authors_abstract_sections_tables_and_references():
    document = loaded(ARTICLE)
    assert document.title == "On E. coli"
    assert document.text == (
        "# On E. coli\n\nAuthors: Ada Lovelace, The Group\nPublished: The Journal, 2024\n\n## Abstract\n\n"
        "We grew 10^7 cells at will, as (Bell, 1999) did.\n\nKeywords: cells, growth\n\n"
        "## 1 Methods\n\nWe used a cage (Figure 1).\n\n### Growth\n\n"
        "One.\n\nTwo.\n\nTable 1. Sizes\n\n| Kind | Size |\n| --- | --- |\n| Wild | 5 |\n| Wild | 6 |\n\n"
        "Figure 1. The cage.\n\n## Acknowledgements\n\nThanks.\n\n## References\n\n"
        "- B Bell. 1999. Cages. Nature. 3. 1–9"
    )


def test_a_textbook_in_cnxml_has_its_notes_lists_and_formulas():
    text = read(
        """<document xmlns="http://cnx.rice.edu/cnxml" xmlns:m="http://www.w3.org/1998/Math/MathML"><title>Lists</title>
        <metadata><md:uuid xmlns:md="x">1-2</md:uuid></metadata><content><section><title>Adding</title>
        <para>Use <code>append</code><newline/> to add
        <m:math><m:mi>x</m:mi><m:mo>=</m:mo><m:mn>1</m:mn></m:math>.</para>
        <list list-type="enumerated"><item>One</item><item>Two <emphasis>now</emphasis></item></list>
        <note><title>Careful</title><para>It grows.</para></note><code display="block">a = []\n  b</code></section>
        </content></document>"""
    )
    assert text == (
        "# Lists\n\n## Adding\n\nUse append to add x=1.\n\n1. One\n2. Two now\n\nCareful\n\nIt grows.\n\n"
        "```\na = []\n  b\n```"
    )


def test_a_book_in_docbook_has_its_chapters_procedures_tables_and_listings():
    text = read(
        """<book xmlns="http://docbook.org/ns/docbook"><info><title>The Shop</title></info>
        <chapter><title>Buying</title>
        <para>Press <guibutton>Buy</guibutton>.<footnote><para>Or Enter.</para></footnote></para>
        <itemizedlist><listitem><para>a</para></listitem><listitem><para>b</para></listitem></itemizedlist>
        <procedure><step><para>First.</para></step><step><para>Then.</para></step></procedure>
        <table><title>Prices</title><tgroup cols="2"><thead><row><entry>Kind</entry><entry>Price</entry></row>
        </thead><tbody><row><entry>Card</entry><entry>5</entry></row></tbody></tgroup></table>
        <programlisting>x &lt; 1</programlisting><section><title>Paying</title>
        <para>Later.</para></section></chapter></book>"""
    )
    assert text == (
        "# The Shop\n\n## Buying\n\nPress Buy.\n\nOr Enter.\n\n- a\n- b\n\n1. First.\n2. Then.\n\nPrices\n\n"
        "| Kind | Price |\n| --- | --- |\n| Card | 5 |\n\n```\nx < 1\n```\n\n### Paying\n\nLater."
    )


def test_data_keeps_the_names_of_its_fields():
    text = read(
        "<shop><item><name>Cup</name><unit_price>4.50</unit_price></item><item><name>Pot</name><size/></item></shop>"
    )
    assert text == "name: Cup\nunit price: 4.50\n\nPot"


def test_words_of_any_vocabulary_are_kept_apart_and_together_as_they_stand():
    assert (
        read("<x><y>Some <b>bo</b>ld words</y><y><z>Two</z></y><y>Three</y></x>") == "Some bold words\n\nTwo\n\nThree"
    )


# Character sets and entities


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("utf-8", "utf-8", "Größe – 5 €"),
        ("iso-8859-1", "cp1252", "Größe – 5 €"),
        ("utf-8", "cp1252", "Le café où nous étions hier était fermé."),
        ("iso-8859-1", "utf-8", "Größe – 5 €"),
        ("windows-1251", "cp1251", "Привет, мир"),
        ("utf-8", "cp1251", "Возврат денег занимает пять рабочих дней."),
        ("utf-16", "utf-8", "Größe"),
        ("utf-8", "utf-16", "Größe"),
        ("no-such-set", "utf-8", "Größe"),
    ],
)
def test_a_falsely_declared_character_set_does_no_harm(declared, codec, text):
    assert read(f'<?xml version="1.0" encoding="{declared}"?><a><p>{text}</p></a>'.encode(codec)) == text


def test_entities_of_html_and_short_ones_of_its_own_are_put_in():
    text = (
        '<!DOCTYPE a [<!ENTITY shop "The Shop"><!ENTITY nbsp "&#160;"><!ENTITY lost SYSTEM "lost.xml">]>'
        "<a><p>&shop; sells&nbsp;caf&eacute; &mdash; R&amp;D &lt; 5&#8364;.&lost;</p></a>"
    )
    assert read(text).replace("\xa0", " ") == "The Shop sells café — R&D < 5€."


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{BOMB}]><a><p>&l9;</p></a>',
        f'<!DOCTYPE a [<!ENTITY l "{"x" * 100_000}">]><a><p>{"&l;" * 10_000}</p></a>',
        '<!DOCTYPE a [<!ENTITY b "&c;"><!ENTITY c "&b;">]><a><p>&b;</p></a>',
    ],
)
def test_texts_within_texts_are_refused(text):
    with pytest.raises(LoadError, match=r"to do harm|damaged"):
        loaded(text)


def test_nothing_that_a_document_refers_to_is_opened(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2", "utf-8")
    text = read(
        f'<!DOCTYPE a SYSTEM "file://{secret}" [<!ENTITY s SYSTEM "file://{secret}"><!ENTITY % p '
        f'SYSTEM "http://127.0.0.1:9/x"> %p;]><a xmlns:xi="http://www.w3.org/2001/XInclude"><p>Words &s;.</p>'
        f'<xi:include href="{secret}" parse="text"/></a>'
    )
    assert "hunter2" not in text
    assert text.startswith("Words")


# What cannot be read


def test_a_document_of_empty_elements_has_no_text():
    with pytest.raises(NoText, match="empty"):
        loaded("<?xml version='1.0'?><a><b/><c> </c></a>")


def test_a_broken_document_is_told_with_its_line():
    with pytest.raises(LoadError, match="in line 3"):
        loaded("<a>\n<b>words</b>\n</c></a>")


def test_nesting_without_end_is_told():
    with pytest.raises(LoadError, match=r"too deeply|damaged"):
        loaded("<a>" * 100_000 + "words" + "</a>" * 100_000)
    with pytest.raises(LoadError, match=r"too deeply|damaged"):
        loaded("<a>w " * 240 * 4 + "</a>" * 240 * 4)


def test_a_table_of_boundless_spans_is_read_as_text():
    cells = '<td colspan="999" rowspan="999">x</td>' * 300
    assert "x" in read(f"<a><table><tr>{cells}</tr><tr><td>y</td></tr></table></a>")


def test_a_damaged_document_is_read_or_refused_and_nothing_else():
    survives(read_xml, ARTICLE.encode())
