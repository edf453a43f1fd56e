"""Sets of questions: spreadsheets and JSON lines of the user's own, and folders that bring their documents."""

from __future__ import annotations

import json

import pytest

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.folder import read_folder, write_documents
from phi_assistant.evaluation.questions import Place
from phi_assistant.evaluation.sources import matched
from phi_assistant.evaluation.table import read_table
from phi_assistant.schema import Turn

TABLE = (
    'question,answer,source,answerable\n"How long, then?",45 days | six weeks,returns.md,yes\nHiring?,,,no\nWhy?,,,\n'
)


def written(tmp_path, text, name="mine.csv", encoding="utf-8"):
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    return file


def test_a_spreadsheet_is_read_with_several_answers_in_a_cell(tmp_path):
    read = read_table(written(tmp_path, TABLE))
    first, second, third = read.questions
    assert (read.name, read.documents) == ("mine", {})
    assert (first.text, first.answers, first.answerable) == ("How long, then?", ("45 days", "six weeks"), True)
    assert (first.relevant, first.whole, first.id) == ({"returns.md"}, True, "1")
    assert (second.answerable, third.answerable) == (False, None)


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(";", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16"), (",", "utf-8")],
)
def test_spreadsheets_of_any_program_are_read(tmp_path, separator, encoding):
    lines = [
        ["Question", " Answer ", "Answerable", "Notes"],
        ["Für wie lange?", "45 Tage", "JA", "ü"],
        ["", "", "", ""],
    ]
    text = "\r\n".join(separator.join(line) for line in lines)
    [question] = read_table(written(tmp_path, text, encoding=encoding)).questions
    assert (question.text, question.answers, question.answerable) == ("Für wie lange?", ("45 Tage",), True)


def test_an_answer_may_go_over_several_lines(tmp_path):
    text = 'question,answer\nHow?,"First this.\nThen that."\nWhy?,Because\n'
    assert [each.answers for each in read_table(written(tmp_path, text)).questions] == [
        ("First this.\nThen that.",),
        ("Because",),
    ]


def test_json_lines_are_read_with_their_history(tmp_path):
    row = {
        "id": "q7",
        "question": "And gift\u2028cards?",
        "answers": ["14 days", "two weeks | or so"],
        "history": [{"role": "user", "text": "How long?"}, {"role": "agent", "text": "45 days."}],
        "expect": "clarify",
    }
    [question] = read_table(written(tmp_path, json.dumps(row, ensure_ascii=False) + "\n\n", "mine.jsonl")).questions
    assert (question.id, question.text) == ("q7", "And gift\u2028cards?")
    assert question.answers == ("14 days", "two weeks | or so")
    assert question.history == (Turn("user", "How long?"), Turn("assistant", "45 days."))
    assert question.answerable is None


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("frage,antwort\nWie?,So\n", "a.csv", "no column `question`, only 'frage', 'antwort'"),
        ("question,anwser\nHow?,So\n", "a.csv", "Did you mean 'answer'"),
        (
            "question,answerable\nHow?,perhaps\n",
            "a.csv",
            "Line 2 of a.csv says 'perhaps' for `answerable`. Write one of yes, y,",
        ),
        ("question,answer\n,So\n", "a.csv", "Line 2 of a.csv has no question"),
        ("question\n", "a.csv", "no question in"),
        ("", "a.csv", "no column `question`, only none"),
        ('{"question": "How?"}\nno\n', "a.jsonl", "Line 2 of a.jsonl is not JSON"),
        (
            '{"question": "How?", "anwser": "So"}\n',
            "a.jsonl",
            "Line 1 of a.jsonl names 'anwser'. Did you mean 'answer'",
        ),
        ('["How?"]\n', "a.jsonl", "Line 1 of a.jsonl is no object"),
        ('{"question": "How?", "history": [5]}\n', "a.jsonl", "Line 1 of a.jsonl has a history"),
        ('{"question": {"text": "How?"}}\n', "a.jsonl", "no text for `question`"),
        ('{"question": "How?", "expect": "maybe"}\n', "a.jsonl", "one of answer, partial, refuse, clarify"),
        ("PK", "a.xlsx", "Save as"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(tmp_path, text, name, said):
    with pytest.raises(ConfigError, match=f"(?s){said}"):
        read_table(written(tmp_path, text, name))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_table(tmp_path / "none.csv")


# Sources


def naming(tmp_path, source):
    return read_table(written(tmp_path, f"question,source\nHow?,{source}\n"))


@pytest.mark.parametrize("name", ["help/returns.md", "returns.md", "./Returns.md", "help\\returns.md"])
def test_a_source_may_be_named_by_the_end_of_its_path(tmp_path, name):
    [question] = matched(naming(tmp_path, name), ["help/returns.md", "hours.txt"]).questions
    assert question.relevant == {"help/returns.md"}


def test_a_source_that_nothing_or_too_much_has_the_name_of_is_refused(tmp_path):
    with pytest.raises(
        ConfigError, match=r"Question '1' names the source 'retruns.md'.*Did you mean 'help/returns.md'"
    ):
        matched(naming(tmp_path, "retruns.md"), ["help/returns.md"])
    with pytest.raises(ConfigError, match=r"any of a/x.md, b/x.md. Write more"):
        matched(naming(tmp_path, "x.md"), ["b/x.md", "a/x.md"])


# Folders

DOCS = [{"id": "a/b", "text": "One two.\n\nThree four."}, {"id": "A:B", "text": "Five."}]
CORPUS = [
    {"id": "p0", "doc_id": "a/b", "text": "One two.", "start": 0, "end": 8},
    {"id": "p1", "doc_id": "a/b", "text": "Three four.", "start": 10, "end": 21},
    {"id": "p2", "doc_id": "A:B", "text": "Five.", "start": 0, "end": 5},
]
QUERIES = [
    {"id": "x", "question": "Two?", "answers": ["two"], "relevant_ids": ["p0"], "answerable": True},
    {"id": "y", "question": "Six?", "answers": [], "relevant_ids": [], "answerable": False},
    {"id": "z", "question": "Five?", "relevant_ids": ["p2"], "relevant_doc_ids": ["A:B"], "answerable": True},
    {
        "id": "s",
        "question": "Four?",
        "relevant_ids": ["p1"],
        "gold_spans": [{"doc_id": "a/b", "start": 10, "end": 21}],
        "answerable": True,
    },
]


def folder(tmp_path, **kinds):
    for kind, rows in kinds.items():
        (tmp_path / f"{kind}.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return tmp_path


def test_a_folder_brings_documents_and_says_what_is_relevant(tmp_path):
    read = read_folder(folder(tmp_path, docs=DOCS, corpus=CORPUS, queries=QUERIES))
    two, six, five, four = read.questions
    one, other = read.documents
    assert list(read.documents.values()) == [row["text"] for row in DOCS]
    assert one.casefold() != other.casefold()
    assert (two.relevant, two.whole, two.answerable) == ({"p0"}, False, True)
    assert (six.relevant, six.answerable) == (frozenset(), False)
    assert (five.relevant, five.whole) == ({"A:B"}, True)
    assert [span.words for span in four.spans] == [((10, 15), (16, 21))]


def test_a_stretch_of_a_file_stands_for_the_passages_it_meets(tmp_path):
    read = read_folder(folder(tmp_path, docs=DOCS, corpus=CORPUS, queries=QUERIES))
    one, other = read.documents
    assert read.names(Place(one, 0, 21), whole=False) == ["p0", "p1"]
    assert read.names(Place(one, 0, 21), whole=True) == ["a/b"]
    assert read.names(Place(one, 5, 12), whole=False) == []  # 3 of 7 characters, and 2 of 7
    assert read.names(Place(one, 4, 12), whole=False) == ["p0"]
    assert read.names(Place(other, 0, 5), whole=False) == ["p2"]


def test_without_whole_documents_each_passage_is_a_file(tmp_path):
    rows = [{key: row[key] for key in ("id", "doc_id", "text")} for row in CORPUS]
    read = read_folder(folder(tmp_path, corpus=rows, queries=QUERIES[:3]))
    assert list(read.documents.values()) == ["One two.", "Three four.", "Five."]
    assert [read.names(Place(file), whole=False) for file in read.documents] == [["p0"], ["p1"], ["p2"]]
    assert [read.names(Place(file), whole=True) for file in read.documents] == [["a/b"], ["a/b"], ["A:B"]]


def test_documents_are_written_character_for_character(tmp_path):
    read = read_folder(folder(tmp_path, corpus=[{"id": "a", "text": "\n\nOne\r\ntwö "}], queries=QUERIES[:1]))
    write_documents(read, tmp_path / "files")
    [file] = (tmp_path / "files").iterdir()
    assert file.read_bytes() == "\n\nOne\r\ntwö ".encode()


def test_a_folder_without_documents_is_about_what_was_ingested(tmp_path):
    read = read_folder(
        folder(tmp_path, queries=[{"question": "Two?", "relevant_doc_ids": ["a.md"], "relevant_ids": ["p"]}])
    )
    assert (read.documents, read.questions[0].relevant) == ({}, {"a.md"})


def test_a_folder_that_is_no_set_is_said_to_be_none(tmp_path):
    with pytest.raises(ConfigError, match=r"no queries.jsonl in"):
        read_folder(tmp_path)
    with pytest.raises(ConfigError, match="'nobody', and it is not in"):
        read_folder(folder(tmp_path, docs=DOCS, corpus=[{**CORPUS[0], "doc_id": "nobody"}], queries=QUERIES))
