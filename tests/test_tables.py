"""A row of a table is read out with the names of its columns."""

from __future__ import annotations

from phi_assistant.tables import cells, header_above, is_rule, read_out

TABLE = """Prices and times:

| Country | Standard | Express |
| --- | ---: | :---: |
| Austria | €9.50 | €22 |
| Norway | €14 | |

After the table."""


def test_a_row_finds_its_header():
    assert header_above(TABLE, TABLE.index("| Norway")) == ["Country", "Standard", "Express"]


def test_a_row_whose_header_was_cut_off_has_none():
    assert header_above("| Norway | €14 | |\n| Sweden | €15 | |", 19) == []


def test_text_below_a_table_is_not_in_it():
    assert header_above(TABLE, TABLE.index("After")) == []


def test_cells_are_read_with_their_columns_and_empty_ones_passed_over():
    assert read_out("| Norway | €14 | |", ["Country", "Standard", "Express"]) == "Country: Norway; Standard: €14"


def test_a_row_without_a_header_is_its_cells():
    assert read_out("| Norway | €14 |", []) == "Norway; €14"


def test_a_pipe_within_a_cell_divides_nothing():
    assert cells(r"| a \| b | c |") == ["a | b", "c"]


def test_only_the_line_below_a_header_is_a_rule():
    assert is_rule("|:---|---:|")
    assert not is_rule("| - | one item |")
