"""Bots as files: what ships and works, what a new one looks like, and a clear word with the line on each mistake."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from conftest import DEMO, Unwatched
from pydantic import ValidationError
from terminal import stays_one_line

from ingest.run import run
from phi_assistant import Assistant, ExtractiveAnswerer, Retriever, open_store
from phi_assistant.bots import Bot, find, load, names
from phi_assistant.bots.bot import Worded
from phi_assistant.bots.finding import SHIPPED, write_new
from phi_assistant.bots.lines import line_of
from phi_assistant.bots.loading import KEYS
from phi_assistant.errors import ConfigError

LEAST = 'persona = "A clerk."\n'


def bot(folder: Path, text: str, name: str = "mine") -> Path:
    file = folder / f"{name}.toml"
    file.write_text(text, "utf-8")
    return file


# What ships


@pytest.mark.parametrize(("name", "collection"), [("support", "demo-support"), ("tutor", "demo-course")])
def test_the_shipped_bots_belong_to_the_collections_of_the_demo(name, collection):
    shipped = find(name)
    assert (shipped.name, shipped.collection, shipped.strict) == (name, collection, True)
    assert (DEMO / collection.removeprefix("demo-")).is_dir()
    assert shipped.greeting.spoken()
    assert len(shipped.questions) == 5


def test_support_says_whom_to_ask_and_the_tutor_gives_hints():
    assert find("support").refuse().startswith("Our help pages do not say. Please write to help@tassling.example")
    assert (find("support").hints, find("tutor").hints) == (0, 2)


@pytest.mark.slow
def test_the_documents_of_the_demo_answer_what_the_shipped_bots_suggest(demo, embedder, tmp_path):
    with closing(open_store(tmp_path / "course", create=True)) as course:
        run([DEMO / "course"], course, lambda: embedder, Unwatched())
        for name, retriever in {"support": demo, "tutor": Retriever(course, embedder)}.items():
            assistant = Assistant(retriever, ExtractiveAnswerer(retriever.store.analyzer))
            refused = [question for question in find(name).questions if assistant.ask(question).abstained]
            assert refused == []


def test_whom_to_ask_stands_in_the_documents_of_the_demo():
    for name, place in {"support": "help@tassling.example", "tutor": "rivers@eveningschool.example"}.items():
        shipped = find(name)
        folder = DEMO / str(shipped.collection).removeprefix("demo-")
        assert place in shipped.refuse()
        assert any(place in file.read_text("utf-8") for file in folder.glob("*.html"))


# Values


def test_a_persona_is_enough(tmp_path):
    least = load(bot(tmp_path, LEAST))
    assert least == Bot(name="mine", persona="A clerk.")
    assert (least.shown, least.collection, least.model, least.hints) == ("mine", None, None, 0)
    assert least.refuse() == "Your documents do not say."
    assert least.refuse("de") == "Das steht nicht in Ihren Dokumenten."


def test_texts_may_be_given_by_language(tmp_path):
    text = LEAST + 'languages = ["en", "de"]\ncontact = "ask@x.org"\n[refusal]\nen = "No."\nde = "Nein."\n'
    spoken = load(bot(tmp_path, text))
    assert spoken.refuse("de") == "Nein. ask@x.org"
    assert spoken.refuse("fr") == spoken.refuse() == "No. ask@x.org"  # the first language
    assert not spoken.greeting
    assert Worded().spoken("de") == ""


def test_a_bot_does_not_change(tmp_path):
    with pytest.raises(ValidationError, match="frozen"):
        load(bot(tmp_path, LEAST)).strict = True


def test_a_file_as_windows_saves_it_is_read(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_bytes("\ufeffpersona = \"A clerk.\"\r\nstyle = '''\r\nShort.\r\n'''\r\n".encode())
    assert load(file).style == "Short."


# Mistakes


MISTAKES = [
    (LEAST + "\n# strictness\nstric = true", r"line 4: there is no key 'stric'\. Did you mean 'strict'\?"),
    (LEAST + "zzz = 1", r"line 2: there is no key 'zzz'\. Known are title, persona, .*questions\."),
    (LEAST + 'name = "x"', "line 2: there is no key 'name'"),
    (LEAST + "[Refusals]\nen = 1", r"line 2: there is no key 'Refusals'\. Did you mean 'refusal'\?"),
    (
        LEAST + 'style = """\nstrict = 1\n"""\nstrict = "yes"',
        "line 5: 'strict' cannot be 'yes': it must be true or false",
    ),
    (LEAST + "hints = 3", "line 2: 'hints' cannot be 3: it must be at most 2"),
    (LEAST + "hints = true", "line 2: 'hints' cannot be True: it must be a whole number"),
    (LEAST + 'collection = "../x"', r"line 2: 'collection' cannot be '\.\./x': it must be the name of a collection"),
    (LEAST + 'model = "phi"', "line 2: 'model' cannot be 'phi': it must be a model spec such as onnx:phi-3.5-mini"),
    (LEAST + 'languages = ["en",\n"german"]', "line 2: 'languages' cannot be 'german': it must be two-letter codes"),
    (LEAST + 'languages = "en"', "line 2: 'languages' cannot be 'en': it must be a list, such as"),
    (LEAST + "questions = [1]", "line 2: 'questions' cannot be 1: it must be a text in quotation marks"),
    (LEAST + "refusal = 5", "line 2: 'refusal' cannot be 5: it must be a text, or a table of texts by language"),
    (LEAST + '[refusal]\nfr = "Non."', "line 2: 'refusal' cannot be .*: it has a text in 'fr', which is not among"),
    ('persona = ""', "line 1: 'persona' cannot be '': it must have at least 1 character"),
    ('title = "x"\n', "mine.toml: the key 'persona' is missing.*new-bot NAME"),
    ("strict = 5\nhints = 9\n" + LEAST, "line 1: 'strict'"),  # the first of several
    (LEAST + "a = ", "mine.toml, line 2: this is not TOML"),
    (LEAST + LEAST, "line 2: this is not TOML"),
    (LEAST + 'style = """\nhints = 1\n', "line 2: this is not TOML"),
    ("persona = A clerk", "line 1: this is not TOML"),
    ("# " + "x" * 60_000, "more than 50,000 bytes"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_key_and_line(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        load(bot(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text_or_not_there_is_one_clear_error(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b'persona = "\xff"')
    for name in ("mine", "none"):
        with pytest.raises(ConfigError, match=rf"{name}\.toml cannot be read: .*--bot"):
            load(tmp_path / f"{name}.toml")


def test_a_bot_whose_file_has_a_strange_name_is_told_which_are_possible(tmp_path):
    with pytest.raises(ConfigError, match="a bot cannot be called 'my bot!': it must be up to 64 letters"):
        load(bot(tmp_path, LEAST, "my bot!"))


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a = 1\n\n# b = 2\nb = 3", ("b",), 4),
        ('a = """\nb = 1\n"""\nb = 2', ("b",), 4),
        ("a = [\n  1,\n  2,\n]\nb = 1", ("a", 1), 1),
        ("[a]\nb = 1\n[a.c]\nd = 1", ("a", "c", "d"), 4),
        ('a.b = 1\n"c d" = 1', ("c d",), 2),
        ("a = 1", ("b",), None),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a", 1, "b"), 4),
    ],
)
def test_the_line_of_a_key_is_where_its_statement_begins(text, key, line):
    assert line_of(text, key) == line


# Finding


def test_the_users_bots_come_before_those_that_ship(tmp_path):
    bot(tmp_path, LEAST, "support")
    bot(tmp_path, LEAST, "clerk")
    assert list(names([tmp_path, tmp_path / "none"])) == ["clerk", "support", "tutor"]
    assert find("support", [tmp_path]).persona == "A clerk."
    assert find("support").persona != "A clerk."


def test_a_path_is_a_bot_too(tmp_path):
    assert find(str(bot(tmp_path, LEAST, "elsewhere"))).name == "elsewhere"


def test_a_bot_that_is_not_there_is_told_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"There is no bot 'suport'\. Did you mean 'support'\?"):
        find("suport")
    with pytest.raises(ConfigError, match=r"There are support, tutor\. `phi-assistant new-bot zzzz` begins one"):
        find("zzzz")


# A new one


def test_a_new_bot_can_be_used_at_once_and_explains_every_key(tmp_path):
    new = load(write_new("my-desk", tmp_path / "bots", collection="handbook"))
    assert (new.name, new.title, new.collection) == ("my-desk", "my-desk", "handbook")
    text = (tmp_path / "bots" / "my-desk.toml").read_text("utf-8")
    assert [key for key in KEYS if f"\n{key} = " not in text and f"\n# {key} = " not in text] == []


def test_what_a_new_bot_has_as_a_comment_is_right_as_well():
    lines = (SHIPPED / "new.txt").read_text("utf-8").replace("<NAME>", "x").replace("<COLLECTION>", "y").splitlines()
    kept = [
        line.removeprefix("# ") if any(line.startswith(f"# {key} = ") for key in KEYS) else line
        for line in lines
        if not line.startswith("# refusal = {")
    ]
    assert Bot(name="x", **tomllib.loads("\n".join(kept))).languages == ("en", "de")


def test_the_command_writes_a_bot_and_does_not_overwrite_one(shop, tmp_path):
    command = ("new-bot", "desk", "--data", tmp_path, "--collection", "handbook")
    done = shop.run(*command)
    file = tmp_path / "bots" / "desk.toml"
    assert (done.code, done.errors) == (0, "")
    assert str(file) in done.output
    file.write_text(LEAST, "utf-8")
    again = shop.run(*command)
    assert (again.code, file.read_text("utf-8")) == (2, LEAST)
    assert "left as it is" in again.errors
    assert stays_one_line(again)


@pytest.mark.parametrize("name", ["../desk", "a b", "", "x" * 65])
def test_a_name_that_would_be_no_file_of_the_folder_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be called"):
        write_new(name, tmp_path, collection="x")
    assert list(tmp_path.iterdir()) == []
