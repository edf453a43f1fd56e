"""Spreadsheets: sheets are pages, tables stay tables, and cells read as a person sees them."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
import xlwt

from ingest.readers.extraction import Extraction
from ingest.readers.office.number_formats import shown
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.sheets.grid import Grid
from ingest.readers.sheets.spreadsheet import read_ods, read_xls, read_xlsx
from ingest.readers.text.delimited import read_csv
from ingest.split import split
from phi_assistant.errors import LoadError, NoText
from phi_assistant.reading import _said
from phi_assistant.schema import Chunk


def xlsx(write: Callable[[Any], object]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        write(book)
    return file.getvalue()


def read(write: Callable[[Any], object]) -> Extraction:
    return read_xlsx(xlsx(write), stem="a", options=DEFAULTS)


def sheet_of(rows: list[list[Any]], *, name: str = "Prices") -> Callable[[Any], None]:
    def write(book: Any) -> None:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return write


def text_of(rows: list[list[Any]]) -> str:
    return read(sheet_of(rows)).text


def parts_changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same package with its parts changed, or left out."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return file.getvalue()


def changed_sheet(old: str, new: str) -> bytes:
    """The workbook of `TABLE` with something else in the XML of its sheet."""
    data = xlsx(sheet_of(TABLE))
    return parts_changed(
        data, lambda name, part: part.replace(old.encode(), new.encode()) if "sheet1" in name else part
    )


TABLE: list[list[Any]] = [["Part", "Price"], ["Gasket", 5], ["Pump", 70.5]]
PIPES = "| Part | Price |\n| --- | --- |\n| Gasket | 5 |\n| Pump | 70.5 |"


# Sheets and tables


def test_a_sheet_is_a_page_with_its_name_and_its_table_a_table():
    document = read(sheet_of(TABLE))
    assert [(page.label, page.text) for page in document.pages] == [("Prices", PIPES)]


def test_several_sheets_are_headed_by_their_names_so_that_none_is_taken_for_part_of_another():
    def write(book: Any) -> None:
        sheet_of(TABLE, name="2023")(book)
        book.add_worksheet("Empty")
        sheet_of(TABLE, name="2024")(book)

    document = read(write)
    assert [page.label for page in document.pages] == ["2023", "Empty", "2024"]
    assert document.text == f"# 2023\n\n{PIPES}\n\n# 2024\n\n{PIPES}"
    chunks = split(document.pages, source="a.xlsx", title="a")
    assert [(chunk.label, chunk.headings) for chunk in chunks] == [("2023", ("2023",)), ("2024", ("2024",))]


def test_a_title_above_a_table_is_a_heading_of_it_and_no_row():
    assert text_of([["Spare parts"], *TABLE]) == f"## Spare parts\n\n{PIPES}"
    assert text_of([["Spare parts"], [], *TABLE]) == f"## Spare parts\n\n{PIPES}"
    assert text_of([["All prices hold until May."], *TABLE]) == f"All prices hold until May.\n\n{PIPES}"


def test_a_long_remark_below_a_table_is_no_row():
    remark = "* Prices include the tax of the country that the parts are sent to."
    assert text_of([*TABLE, [remark]]) == f"{PIPES}\n\n{remark}"


def test_tables_apart_are_tables_apart():
    beside = [["Part", "Price", "", "Country", "Days"], ["Gasket", 5, "", "Norway", 3]]
    below = [[], ["Name", "Office"], ["Ada", "Oslo"]]
    assert text_of(beside + below) == (
        "| Part | Price |\n| --- | --- |\n| Gasket | 5 |\n\n"
        "| Country | Days |\n| --- | --- |\n| Norway | 3 |\n\n"
        "| Name | Office |\n| --- | --- |\n| Ada | Oslo |"
    )


def test_a_table_goes_on_after_a_blank_row_and_its_cells_find_their_header():
    assert text_of([*TABLE[:2], [], TABLE[2]]) == PIPES


def test_a_column_of_text_is_text_and_a_short_list_keeps_its_header():
    assert text_of([["How to read this file:"], ["Prices are on the second sheet."]]) == (
        "How to read this file:\nPrices are on the second sheet."
    )
    assert text_of([["City"], ["Oslo"], ["Bergen"]]) == "| City |\n| --- |\n| Oslo |\n| Bergen |"


def test_merged_cells_are_repeated_in_all_that_they_span():
    def write(book: Any) -> None:
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, ["Kind", "Part", "Price"])
        sheet.merge_range(1, 0, 2, 0, "Seals")
        sheet.write_row(1, 1, ["Gasket", 5])
        sheet.write_row(2, 1, ["Ring", 6])

    assert read(write).text.endswith("| Seals | Gasket | 5 |\n| Seals | Ring | 6 |")


def test_a_merged_title_is_a_title_and_merged_names_of_columns_are_joined_to_those_below():
    def write(book: Any) -> None:
        sheet = book.add_worksheet("A")
        sheet.merge_range(0, 0, 0, 2, "Sales")
        sheet.merge_range(1, 0, 2, 0, "City")
        sheet.merge_range(1, 1, 1, 2, "Revenue")
        sheet.write_row(2, 1, [2023, 2024])
        sheet.write_row(3, 0, ["Oslo", 5, 6])

    assert read(write).text == (
        "## Sales\n\n| City | Revenue 2023 | Revenue 2024 |\n| --- | --- | --- |\n| Oslo | 5 | 6 |"
    )


def test_the_later_rows_of_a_long_sheet_keep_their_header():
    document = read(sheet_of([["Part", "Price"], *([f"Gasket {number}", number] for number in range(3000))]))
    assert document.text.count("---") == 2
    later = split(document.pages, source="a.xlsx", title="a")[-1]
    assert later.headings == ("Part | Price",)
    assert "| Gasket 2999 | 2999 |" in later.text


# Cells as a person sees them


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567890123, "General", "1234567890123"),
        (0.125, "0.0%", "12.5%"),
        (0.125, "0.0 %", "12.5 %"),
        (2.675, "0.00", "2.68"),
        (1234.5, '#,##0.00 "€"', "1,234.50 €"),
        (1234.5, "[$£-809]#,##0.00", "£1,234.50"),
        (-1234.5, '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', "($1,234.50)"),
        (-3, "0;[Red]-0", "-3"),
        (0, '0;-0;"none"', "none"),
        (42, "00000", "00042"),
        (5551234, "000-0000", "555-1234"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (12345, "0.00E+00", "1.23E+04"),
        (1.25, "# ?/?", "1 1/4"),
        (1999, '[<2000]"old";"new"', "old"),
        (45413, "yyyy-mm-dd", "2024-05-01"),
        (45413, "m/d/yy", "2024-05-01"),
        (45413, "dddd, d. mmmm yyyy", "2024-05-01"),
        (45413, "mmm-yy", "May 2024"),
        (45413, "d-mmm", "1 May"),
        (45413.604166667, "dd.mm.yyyy hh:mm", "2024-05-01 14:30"),
        (45413.604166667, "h:mm AM/PM", "2:30 PM"),
        (1.5625, "[h]:mm", "37:30"),
        (-5, "yyyy-mm-dd", "-5"),
        (5, ";;;", ""),
    ],
)
def test_a_number_is_shown_as_its_format_says(value, code, text):
    assert shown(value, code) == text


def test_formulas_give_their_value_and_cells_of_all_kinds_what_they_show():
    def write(book: Any) -> None:
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, ["Kind", "Cell"])
        sheet.write_row(1, 0, ["date", datetime(2024, 5, 1)], book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_formula(2, 1, "=1/8", book.add_format({"num_format": "0.0%"}), 0.125)
        sheet.write_boolean(3, 1, True)
        sheet.write_formula(4, 1, "=1/0", None, "#DIV/0!")
        sheet.write_rich_string(5, 1, "half ", book.add_format({"bold": True}), "bold")
        sheet.write_string(6, 1, "two\nlines | bar")
        sheet.write_formula(7, 1, '="text of "&A1', None, "text of Kind")

    cells = [line.strip("| ").split(" | ")[-1] for line in read(write).text.splitlines()]
    assert cells[2:] == ["2024-05-01", "12.5%", "TRUE", "#DIV/0!", "half bold", "two lines \\| bar", "text of Kind"]


def test_dates_from_1904_on_are_the_days_that_they_mean():
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"date_1904": True}) as book:
        book.add_worksheet().write_datetime(0, 0, datetime(2024, 5, 1), book.add_format({"num_format": "d.m.yyyy"}))
    assert read_xlsx(file.getvalue(), stem="a", options=DEFAULTS).text == "2024-05-01"


def test_formulas_whose_value_was_never_stored_are_reported():
    def write(book: Any) -> None:
        sheet = book.add_worksheet("A")
        sheet.write(0, 0, "Sum")
        sheet.write_formula(1, 0, "=1+1", None, 77)

    data = parts_changed(xlsx(write), lambda _, part: part.replace(b"<v>77</v>", b""))
    document = read_xlsx(data, stem="a", options=DEFAULTS)
    assert document.text == "Sum"
    assert [(problem.where, "formulas" in problem.reason) for problem in document.problems] == [("A", True)]


def test_notes_text_boxes_and_titles_of_charts_are_kept():
    def write(book: Any) -> None:
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, ["Part", "Price"])
        sheet.write_row(1, 0, ["Gasket", 5])
        sheet.write_comment(1, 1, "Agreed in\nMay")
        sheet.insert_textbox(5, 5, "Ask sales for a discount.")
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=A!$B$2:$B$2"})
        chart.set_title({"name": "Prices by part"})
        sheet.insert_chart(8, 5, chart)

    assert read(write).text == (
        "| Part | Price |\n| --- | --- |\n| Gasket | 5 |\n\n"
        "Ask sales for a discount.\n\nPrices by part\n\nNote on B2: Agreed in May"
    )


def test_hidden_sheets_are_left_out_and_hidden_rows_are_read():
    def write(book: Any) -> None:
        sheet_of(TABLE)(book)
        book.get_worksheet_by_name("Prices").set_row(1, None, None, {"hidden": True})
        hidden = book.add_worksheet("Lists")
        hidden.write(0, 0, "Secret")
        hidden.hide()

    document = read(write)
    assert ([page.label for page in document.pages], document.text) == (["Prices"], PIPES)


def test_the_title_is_that_of_the_workbook_else_the_name_of_the_file():
    assert (
        read(lambda book: (book.set_properties({"title": "Price list"}), sheet_of(TABLE)(book))).title == "Price list"
    )
    assert read_xlsx(xlsx(sheet_of(TABLE)), stem="price-list", options=DEFAULTS).title == "price list"


# What is large, empty or damaged


def test_blank_rows_by_the_ten_thousand_leave_no_trace():
    blank = "".join(f'<row r="{row}"><c r="A{row}" s="1"/><c r="B{row}" s="1"/></row>' for row in range(4, 50_000))
    last = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>Last</t></is></c></row></sheetData>'
    data = changed_sheet("</sheetData>", blank + last)
    assert read_xlsx(data, stem="a", options=DEFAULTS).text == f"{PIPES}\n\nLast"


def test_a_text_that_cells_share_without_end_is_written_only_so_far():
    grid, text = Grid(), "x" * 1_000_000
    for row in range(200):
        grid.add(row, [(0, text), (1, text)])
    assert grid.is_full
    assert len(grid.rows) == 50


def test_sheets_that_hold_too_much_text_are_reported_and_those_before_them_are_read():
    def write(book: Any) -> None:
        for name in ("First", "Second"):
            sheet = book.add_worksheet(name)
            for row in range(300):
                sheet.write(row, 0, "A long remark. " * 100)

    data = xlsx(write)
    with zipfile.ZipFile(BytesIO(data)) as package:
        unpacked = sum(info.file_size for info in package.infolist())
    document = read_xlsx(data, stem="a", options=Options(unpacked=unpacked))
    assert [page.label for page in document.pages] == ["First"]
    assert [problem.where for problem in document.problems] == ["sheets after 'First'"]


def test_cells_scattered_over_a_sheet_do_not_become_a_table_of_blanks():
    def write(book: Any) -> None:
        sheet = book.add_worksheet("A")
        for at in range(400):
            sheet.write(at, at, f"n{at}")

    text = read(write).text
    assert len(text) < 4000
    assert "n399" in text


def test_a_cell_merged_over_the_whole_sheet_is_repeated_no_further_than_there_is_text():
    data = changed_sheet("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A4:XFD1048576"/></mergeCells>')
    assert read_xlsx(data, stem="a", options=DEFAULTS).text == PIPES


def test_a_workbook_without_text_holds_no_text():
    with pytest.raises(NoText, match="sheets are empty"):
        read(lambda book: book.add_worksheet())


def test_sheets_beyond_the_limit_are_reported():
    def write(book: Any) -> None:
        for name in ("A", "B", "C"):
            sheet_of(TABLE, name=name)(book)

    document = read_xlsx(xlsx(write), stem="a", options=Options(pages=2))
    assert [page.label for page in document.pages] == ["A", "B"]
    assert "limit" in document.problems[0].reason


def test_of_a_damaged_sheet_the_rows_before_the_damage_and_the_other_sheets_are_read():
    def write(book: Any) -> None:
        sheet_of(TABLE, name="A")(book)
        sheet_of(TABLE, name="B")(book)

    data = parts_changed(
        xlsx(write), lambda name, part: part[: part.index(b'<row r="3"')] if "sheet1" in name else part
    )
    document = read_xlsx(data, stem="a", options=DEFAULTS)
    assert document.pages[0].text == "# A\n\n| Part | Price |\n| --- | --- |\n| Gasket | 5 |\n\n"
    assert PIPES in document.pages[1].text
    assert [problem.where for problem in document.problems] == ["A"]


def test_an_entity_or_a_file_that_a_sheet_asks_for_is_not_put_in(tmp_path):
    (tmp_path / "secret.txt").write_text("Secret")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'.encode()

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"?>", b"?>" + doctype, 1).replace(b"Gasket", b"&e;x") if "sharedStr" in name else part

    text = read_xlsx(parts_changed(xlsx(sheet_of(TABLE)), change), stem="a", options=DEFAULTS).text
    assert "Secret" not in text


def fuzzed(data: bytes, reader: Callable[..., Extraction], rounds: int = 60) -> None:
    """Cut short, or with bytes changed: read, or refused as damaged."""
    chance = random.Random(7)
    for _ in range(rounds):
        damaged = bytearray(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
        for _ in range(chance.randrange(1, 30)):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            reader(bytes(damaged), stem="a", options=DEFAULTS)
        except LoadError:
            continue


def test_damaged_spreadsheets_are_read_or_refused():
    stored = parts_changed(xlsx(sheet_of(TABLE)), lambda name, part: part)
    fuzzed(stored, read_xlsx)
    fuzzed(xls(), read_xls)
    fuzzed(ods(ODS), read_ods)
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"):
        part = zipfile.ZipFile(BytesIO(stored)).read(name)
        chance = random.Random(name)
        for _ in range(20):
            changed = bytearray(part)
            changed[chance.randrange(len(changed))] = chance.randrange(256)
            data = parts_changed(stored, lambda each, own, n=name, c=bytes(changed): c if each == n else own)
            fuzzed(data, read_xlsx, rounds=1)
            try:
                read_xlsx(data, stem="a", options=DEFAULTS)
            except LoadError:
                continue


# Excel 97


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Stock")
    sheet.write_merge(0, 0, 0, 2, "Spare parts")
    for column, name in enumerate(("Part", "Share", "Since")):
        sheet.write(1, column, name)
    sheet.write_merge(2, 3, 0, 0, "Gasket")
    sheet.write(2, 1, 0.125, xlwt.easyxf(num_format_str="0.0%"))
    sheet.write(2, 2, date(2024, 5, 1), xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    sheet.write(3, 1, True)
    sheet.write(3, 2, 3)
    hidden = book.add_sheet("Lists")
    hidden.write(0, 0, "Secret")
    hidden.visibility = 1
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_an_old_workbook_is_read_as_a_new_one_is():
    document = read_xls(xls(), stem="a", options=DEFAULTS)
    assert [page.label for page in document.pages] == ["Stock"]
    assert document.text == (
        "## Spare parts\n\n| Part | Share | Since |\n| --- | --- | --- |\n"
        "| Gasket | 12.5% | 2024-05-01 |\n| Gasket | TRUE | 3 |"
    )


@pytest.mark.parametrize("reader", [read_xlsx, read_xls, read_ods])
def test_what_is_no_spreadsheet_is_damaged(reader):
    for data in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"text"):
        with pytest.raises(LoadError, match="damaged"):
            reader(data, stem="a", options=DEFAULTS)


# OpenDocument

_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "style")
)
ODS = """
<table:table table:name="Stock"><table:shapes/>
<table:table-row><table:table-cell><text:p>Part</text:p></table:table-cell>
<table:table-cell><text:p>Price</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="16382"/></table:table-row>
<table:table-row table:number-rows-repeated="2">
<table:table-cell office:value="5"><office:annotation><text:p>Old price</text:p></office:annotation>
<text:p>Gas<text:span>ket</text:span><text:s text:c="2"/>A</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="1234.5"><text:p>1.234,50 €</text:p></table:table-cell>
</table:table-row>
<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/>
</table:table-row></table:table>
<table:table table:name="Lists" table:style-name="ta2"><table:table-row><table:table-cell><text:p>Secret</text:p>
</table:table-cell></table:table-row></table:table>"""


def ods(body: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr(
            "content.xml",
            f'<office:document-content {_NAMESPACES}><office:automatic-styles><style:style style:name="ta2">'
            f'<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
            f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        )
    return file.getvalue()


def test_an_opendocument_sheet_shows_what_its_cells_show():
    document = read_ods(ods(ODS), stem="a", options=DEFAULTS)
    assert [page.label for page in document.pages] == ["Stock"]
    assert document.text == (
        "| Part | Price |\n| --- | --- |\n| Gasket A | 1.234,50 € |\n| Gasket A | 1.234,50 € |\n\nNote on A2: Old price"
    )


def test_cells_repeated_without_end_are_repeated_only_so_far():
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    document = read_ods(ods(f'<table:table table:name="A">{row}</table:table>'), stem="a", options=DEFAULTS)
    assert len(document.text) < 5_000_000


# Values divided by commas


def said(data: bytes | str, name: str = "a.csv") -> list[str]:
    """How each row is read out."""
    return [row for chunk in chunks(data, name) for _, _, row in _said(chunk)]


def chunks(data: bytes | str, name: str = "a.csv") -> list[Chunk]:
    document = read_csv(data.encode() if isinstance(data, str) else data, stem="a", options=DEFAULTS)
    return split(document.pages, source=name, title=document.title)


def test_the_text_of_a_csv_file_is_its_own_and_its_rows_are_read_with_their_columns():
    data = "Team,City,Cups\r\nBlues,STL,1\r\nLeafs,TOR,13\r\n"
    assert "".join(chunk.text for chunk in chunks(data)) == data
    assert said(data) == ["Team: Blues; City: STL; Cups: 1", "Team: Leafs; City: TOR; Cups: 13"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_what_divides_the_values_is_told_from_the_rows(mark, encoding):
    rows = [["Größe", "Preis", "Anmerkung"], ["1,5", "2,70", "für Öl; Wasser"], ["3", "4", ""]]
    text = "\n".join(mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in rows)
    assert said(text.encode(encoding)) == ["Größe: 1,5; Preis: 2,70; Anmerkung: für Öl; Wasser", "Größe: 3; Preis: 4"]


def test_a_quoted_value_may_hold_line_breaks_marks_and_quotes():
    data = 'Name,Said\nAda,"Yes, ""of course"".\n\nAnd no."\nBen,no\n'
    assert said(data) == ['Name: Ada; Said: Yes, "of course". And no.', "Name: Ben; Said: no"]


def test_a_stray_quote_spoils_its_own_row_only():
    assert said('Name,Size\nPipe,5"\n"Ring,6\nSeal,7\n')[-1] == "Name: Seal; Size: 7"


def test_rows_may_be_shorter_or_longer_than_the_header():
    assert said("a,b,c\n1,2\n1,2,3,4\n1,2,3\n1,2,3\n") == [
        "a: 1; b: 2",
        "a: 1; b: 2; c: 3; 4",
        "a: 1; b: 2; c: 3",
        "a: 1; b: 2; c: 3",
    ]


def test_a_title_above_the_header_names_the_document_and_no_column():
    data = "Stanley Cups,,\nTeam,City,Cups\nBlues,STL,1\n"
    assert read_csv(data.encode(), stem="a", options=DEFAULTS).title == "Stanley Cups"
    assert said(data) == ["Stanley Cups", "Team: Blues; City: STL; Cups: 1"]


def test_excels_own_first_line_says_what_divides_the_values():
    assert said("sep=;\na;b,c\n1;2,3\n")[-1] == "a: 1; b,c: 2,3"


def test_every_chunk_of_a_long_csv_file_ends_with_a_row_and_knows_its_columns():
    data = "Part,Price in full\n" + "".join(f"Gasket no. {n}. The best,{n} €\n" for n in range(200))
    pieces = chunks(data)
    assert len(pieces) > 5
    assert {piece.headings for piece in pieces} == {("Columns: Part | Price in full",)}
    assert {piece.label for piece in pieces} == {""}
    assert all(piece.text.endswith("€\n") for piece in pieces)
    assert said(data)[-1] == "Part: Gasket no. 199. The best; Price in full: 199 €"


def test_a_long_value_is_read_as_its_sentences():
    answer = "You can pay by invoice. " * 40
    assert "You can pay by invoice." in said(f"Question,Answer\nHow?,{answer}\n")


def test_a_line_that_looks_like_a_heading_is_a_row_of_a_csv_file():
    assert chunks("No,Part\n# 1,Gasket\n")[0].headings == ("Columns: No | Part",)


def test_a_large_csv_file_with_stray_quotes_is_read_to_its_end():
    data = "id,name,remark\n" + '1,"A, ""b""\nnext",x\n' * 20_000 + '2,"stray\n' * 1000
    assert len(chunks(data)) > 100


def test_a_csv_file_of_blanks_holds_no_text():
    with pytest.raises(NoText):
        chunks(" \n\n")
