"""Markers that models write, and the layout of what they write them in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi_assistant.grounding.layout import parts_of, spoken
from phi_assistant.grounding.markers import without_markers, written

MARKED = {
    "It is so [1].": "It is so.",
    "It is so. [1] And so [2].": "It is so. And so.",
    "It is so.[1][2]": "It is so.",
    "It is so [1, 2] and so [3-4].": "It is so and so.",
    "It is so ([1]).": "It is so.",
    "It is so [^1].": "It is so.",
    "It is so 【1】.": "It is so.",
    "It is so 【3:0†source】.": "It is so.",
    "It is so [Passage 2].": "It is so.",
    "It is so [Source: 1].": "It is so.",
    "[1] It is so.": "It is so.",
    "- [1] It is so.": "- It is so.",
    "It is so.\n\nSources: [1], [2]": "It is so.",
    "It is so.\n\n**Quellen:** [1]": "It is so.",
}
KEPT = [
    "Use `list[1]` here.",
    "```\nx[1] = 2\n```",
    "Read [the page](https://shop.example).",
    "It was so in [2024].",
    "He [the owner] said so.",
    "- [x] done",
]


@pytest.mark.parametrize("text", MARKED)
def test_a_marker_is_taken_out_with_the_blank_before_it(text):
    assert without_markers(text) == MARKED[text]


@pytest.mark.parametrize("text", KEPT)
def test_brackets_that_are_no_markers_stay(text):
    assert without_markers(text) == text


def test_a_marker_beside_code_goes_and_the_code_stays():
    assert without_markers("Use `list[1]` here [1].") == "Use `list[1]` here."


def test_markers_are_written_once_each_in_their_order():
    assert written([3, 1, 3]) == "[3][1]"
    assert written([]) == ""


ANSWER = """Here is how:

# Returns

1. **Open** the lid. Close it.
- [ ] Wait *two* days.
> It is quoted.

| Country | Price |
|---|--:|
| Spain | €12 |

```python
print("hello")
```

**Summary**

1. Drugs 2. Infection
"""


def test_the_parts_of_an_answer_are_its_sentences_rows_headings_and_code():
    assert [(part.kind, ANSWER[part.start : part.end]) for part in parts_of(ANSWER)] == [
        ("sentence", "Here is how:"),
        ("heading", "# Returns"),
        ("sentence", "**Open** the lid."),
        ("sentence", "Close it."),
        ("sentence", "Wait *two* days."),
        ("sentence", "It is quoted."),
        ("row", "Spain | €12"),
        ("code", '```python\nprint("hello")\n```'),
        ("heading", "**Summary**"),
        ("sentence", "Drugs"),
        ("sentence", "Infection"),
    ]


def test_a_sentence_is_read_without_marks_and_with_the_address_of_a_link():
    assert spoken("**Open** `it`, see [here](https://a.example) | now") == "Open it , see here https://a.example now"


@given(st.text(alphabet=st.sampled_from("aB1.[]()`*|-# \n:,【】~>"), max_size=120))
def test_the_parts_of_any_text_do_not_overlap_and_no_marker_is_left(text):
    bare = without_markers(text)
    parts = parts_of(bare)
    assert all(part.start < part.end for part in parts)
    assert all(one.end <= other.start for one, other in pairwise(parts))
