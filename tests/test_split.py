"""Splitting: chunks tile the text, know their headings, and end where sentences do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.split import SIZE, split
from phi_assistant.schema import Chunk, Page
from phi_assistant.sentences import split_sentences

SENTENCE = "The pump is cleaned with warm water every Monday. "
"""50 characters."""


def chunks_of(*texts: str, labels: tuple[str, ...] = (), size: int = SIZE) -> list[Chunk]:
    """The chunks of a document with these pages."""
    labels = labels or ("",) * len(texts)
    starts = [sum(map(len, texts[:number])) for number in range(len(texts))]
    pages = [Page(text, label, start) for text, label, start in zip(texts, labels, starts, strict=True)]
    return split(pages, source="a.md", title="A title", size=size)


def weight(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


# Chunks tile the text

LINES = st.sampled_from(
    [
        "# Pumps",
        "## Cleaning the boiler",
        "###### Deep ######",
        "Plain heading",
        SENTENCE,
        SENTENCE * 7,
        "Größe und Höhe 📏 messen: 日本語のとても長い文です。次の文です。",
        "- an item",
        "2. another item, which goes on",
        "| Part | Price |",
        "| --- | --- |",
        "| Gasket | 5 € |",
        "```",
        "```python",
        "> quoted",
        "word " * 300,
        "x" * 1500,
        "\ud800 half a character",
        "",
        "   ",
        "\t",
        "\r",
        "\x0c",
        "\u2028",
    ]
)
TEXTS = st.lists(LINES | st.text(max_size=40), max_size=25).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(pages=st.lists(TEXTS, max_size=3), size=st.sampled_from([40, 200, SIZE]))
def test_chunks_tile_every_page_from_its_first_word_on(pages, size):
    chunks = chunks_of(*pages, size=size)
    text = "".join(pages)
    start = 0
    for page in pages:
        end = start + len(page)
        own = [chunk for chunk in chunks if start <= chunk.start < end]
        assert "".join(chunk.text for chunk in own).strip() == page.strip()
        assert all(left.end == right.start for left, right in pairwise(own))
        assert all(chunk.end <= end for chunk in own), "a chunk crosses a page"
        start = end
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.text == text[chunk.start : chunk.end] and chunk.text.strip() for chunk in chunks)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, size=st.sampled_from([40, 200, SIZE]))
def test_a_chunk_larger_than_allowed_is_a_single_sentence(text, size):
    for chunk in chunks_of(text, size=size):
        if weight(chunk.text.strip()) > size:
            assert len(split_sentences(chunk.text)) == 1


def test_blanks_before_the_first_word_belong_to_no_chunk_and_those_between_to_the_first():
    chunks = chunks_of("\n\n  One.\n\n\n# Two\nthree\n\n")
    assert [(chunk.start, chunk.text) for chunk in chunks] == [(2, "  One.\n\n\n# Two\nthree\n\n")]
    far = SENTENCE * 3
    assert [chunk.text for chunk in chunks_of(f"{far}\n\n\n# Two\n\n{far}")] == [f"{far}\n\n\n", f"# Two\n\n{far}"]


def test_no_chunk_crosses_a_page():
    chunks = chunks_of("One page.", "Another page.", labels=("p. 1", "p. 2"))
    assert [(chunk.label, chunk.start, chunk.text) for chunk in chunks] == [
        ("p. 1", 0, "One page."),
        ("p. 2", 9, "Another page."),
    ]


def test_a_text_without_words_has_no_chunks():
    assert chunks_of() == chunks_of("") == chunks_of("", "\n \n\t", "\f") == []


# Headings and labels


def headings_of(text: str) -> list[tuple[str, ...]]:
    return [chunk.headings for chunk in chunks_of(text)]


def test_a_chunk_knows_the_headings_above_it_outermost_first():
    body = SENTENCE * 2
    assert headings_of(f"# A\n\n{body}\n\n## B\n\n{body}\n\n### C\n\n{body}\n\n## D ##\n\n{body}\n\n# E\n\n{body}") == [
        ("A",),
        ("A", "B"),
        ("A", "B", "C"),
        ("A", "D"),
        ("E",),
    ]


def test_headings_go_on_over_pages():
    chunks = chunks_of(f"# Leave\n\n{SENTENCE}", SENTENCE, labels=("p. 1", "p. 2"))
    assert [chunk.headings for chunk in chunks] == [("Leave",), ("Leave",)]


def test_a_heading_without_text_below_it_goes_with_what_follows():
    [chunk] = chunks_of(f"# Pumps\n\n## Cleaning\n\n{SENTENCE}")
    assert chunk.text == f"# Pumps\n\n## Cleaning\n\n{SENTENCE}"
    assert chunk.headings == ("Pumps", "Cleaning")


def test_short_lines_are_the_headings_of_a_text_without_markdown():
    body = SENTENCE * 2
    text = f"How to return a grinder\n{body}\n\nGift cards\n\n{body}\n\n{body}"
    assert headings_of(text) == [("How to return a grinder",), ("Gift cards",)]


def test_a_sentence_a_list_a_table_or_a_long_line_is_no_heading():
    for line in ("It is closed.", "We sell:", "- pumps", "3. pumps", "| a | b |", "> quoted", "x" * 91, "12 345"):
        assert headings_of(f"{line}\n{SENTENCE * 2}") == [()], line


def test_short_lines_are_no_headings_where_markdown_has_its_own():
    assert headings_of(f"# Pumps\n\nA short line\n{SENTENCE * 2}") == [("Pumps",)]


def test_only_a_number_sign_at_the_beginning_of_a_line_makes_a_heading():
    assert headings_of(f"Issue # 5 is about C# and F# too\n\n{SENTENCE * 2}") == [("Issue # 5 is about C# and F# too",)]
    assert headings_of(f"   # C#  \n\n{SENTENCE * 2}") == [("C#",)]
    assert headings_of(f"#hashtag is no heading.\n\n####### Nor are seven.\n\n{SENTENCE}") == [()]


def test_lines_may_end_as_on_windows():
    assert headings_of(f"# Pumps\r\n\r\n## Parts ##\r\n{SENTENCE * 2}\r\n") == [("Pumps", "Parts")]


def test_a_heading_full_of_blanks_takes_no_longer_than_another():
    blanks = " " * 50_000
    assert headings_of(f"# A{blanks}b #{blanks}\n\n{SENTENCE}")[-1] == (f"A{blanks}b",)


def test_the_label_is_that_of_the_page_else_the_innermost_heading():
    text = f"# Pumps\n\n## Cleaning\n\n{SENTENCE}"
    assert [chunk.label for chunk in chunks_of(text)] == ["Cleaning"]
    assert [chunk.label for chunk in chunks_of(text, labels=("p. 3",))] == ["p. 3"]
    assert [chunk.label for chunk in chunks_of(SENTENCE)] == [""]


def test_what_is_embedded_begins_with_the_title_and_the_headings():
    [chunk] = chunks_of(f"# Pumps\n\n{SENTENCE}")
    assert chunk.embedded == f"A title > Pumps\n# Pumps\n\n{SENTENCE.strip()}"
    assert (chunk.id, chunk.source, chunk.title) == ("a.md#0", "a.md", "A title")


# Sizes


def test_paragraphs_under_one_heading_are_joined_as_long_as_they_fit():
    paragraph = SENTENCE * 8 + "\n\n"  # 402 bytes
    assert [len(chunk.text) for chunk in chunks_of(f"# A\n\n{paragraph * 5}")] == [809, 804, 402]


def test_a_long_paragraph_is_cut_at_the_ends_of_sentences():
    chunks = chunks_of(SENTENCE * 40)
    assert len(chunks) == 3
    for chunk in chunks:
        assert chunk.text.startswith("The pump")
        assert chunk.text.endswith("Monday. ")


def test_size_is_counted_in_bytes_so_that_every_script_has_about_as_many_tokens():
    latin, russian, japanese = (
        chunks_of(sentence * 100) for sentence in ("Pump it up. ", "Насос стар. ", "ポンプを洗う。")
    )
    assert max(weight(chunk.text) for chunk in latin + russian + japanese) <= SIZE
    assert [max(len(chunk.text) for chunk in chunks) for chunks in (latin, russian, japanese)] == [900, 504, 294]


def test_a_sentence_that_is_too_long_stays_whole_up_to_what_anybody_would_quote():
    assert [len(chunk.text) for chunk in chunks_of("日本" * 600)] == [600, 600]  # 1,800 bytes each
    assert [len(chunk.text) for chunk in chunks_of("word " * 400)] == [600, 600, 800]


def test_the_later_rows_of_a_long_table_keep_its_header():
    rows = "".join(f"| Gasket {number} | {number} € |\n" for number in range(100))
    table = f"| Part | Price |\n| --- | --- |\n{rows}"
    first, *later = chunks_of(f"# Parts\n\n{table}\nThanks for your order, and come again soon.")
    assert first.headings == ("Parts",)
    assert len(later) > 1
    *later, last = later
    assert {chunk.headings for chunk in later} == {("Parts", "Part | Price")}
    for chunk in (first, *later):
        assert chunk.text.rstrip().endswith("€ |")
    assert last.text.endswith("soon.")


def test_fenced_code_stays_whole_over_its_blank_lines():
    code = "```python\n# not a heading\n\nprint(1)\n\n\nprint(2)\n```\n"
    chunks = chunks_of(f"# Pumps\n\n{SENTENCE * 17}\n\n{code}\n{SENTENCE * 17}")
    assert [chunk.text for chunk in chunks if "print" in chunk.text] == [code + "\n"]
    assert {chunk.headings for chunk in chunks} == {("Pumps",)}


def test_a_fence_that_is_never_closed_ends_with_the_text():
    text = f"# Pumps\n\n```\n{SENTENCE * 40}"
    assert "".join(chunk.text for chunk in chunks_of(text)) == text


def test_a_stray_line_goes_with_what_follows_even_under_another_heading():
    assert [chunk.text for chunk in chunks_of(f"Draft\n\n# Pumps\n\n{SENTENCE}")] == [f"Draft\n\n# Pumps\n\n{SENTENCE}"]
