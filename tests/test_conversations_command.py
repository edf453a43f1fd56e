"""Conversations on the command line: kept by `chat`, gone on with, listed, exported, deleted; and how `doctor` sees."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kept import ANSWER, answer
from terminal import Done, Shop, stays_one_line

from phi_assistant import Answer
from phi_assistant.conversations import LOCAL, Conversations, open_database

GRINDER = "How long do I have to return a grinder?"


class Desk:
    """The shop's user with conversations of his own."""

    def __init__(self, shop: Shop, data: Path) -> None:
        shutil.copytree(shop.data, data)
        self._shop, self.data = shop, data

    def run(self, *arguments: str | Path, typed: str = "", **variables: str) -> Done:
        return self._shop.run(*arguments, typed=typed, PHI_ASSISTANT_DATA=str(self.data), **variables)

    def chat(self, *said: str, flags: tuple[str, ...] = ()) -> str:
        done = self.run("chat", *flags, typed="\n".join(said))
        assert (done.code, done.errors) == (0, "")
        return done.output

    def kept(self, *answers: Answer) -> list[str]:
        """Conversations that were kept earlier, one for each of these, without asking anybody."""
        with open_database(self.file) as database:
            mine = Conversations(database, owner=LOCAL)
            ids = [mine.begin(collection="documents").id for _ in answers]
            for id_, answer in zip(ids, answers, strict=True):
                mine.append(id_, answer)
        return ids

    def listed(self) -> list[dict[str, str]]:
        return self.run("conversations", "list", "--json").json

    @property
    def file(self) -> Path:
        return self.data / "conversations.db"


@pytest.fixture
def desk(shop: Shop, tmp_path: Path) -> Desk:
    return Desk(shop, tmp_path / "data")


def test_a_chat_is_kept_says_where_and_is_gone_on_with(desk):
    first = desk.chat(GRINDER)
    assert first.splitlines()[0] == f"Kept in {desk.file}; to go on another time: phi-assistant chat --continue"
    second = desk.chat("and for gift cards?", flags=("--continue",))
    begins, _, question, reply = second.splitlines()[:4]
    assert re.match(rf"Going on with “{re.escape(GRINDER)}” \([0-9a-f]{{8}}\)\. Kept in ", begins)
    assert question == f"> {GRINDER}"
    assert reply == "You have 45 days from delivery to return a grinder. [1]"
    assert "A gift card can be returned within 14 days" in second  # a follow-up is understood across the two
    [kept] = desk.listed()
    assert (kept["title"], kept["length"], kept["collection"]) == (GRINDER, 4, "documents")
    desk.kept(ANSWER)  # a newer one
    again = desk.chat(flags=("--conversation", kept["id"][:6]))
    assert again.startswith(f"Going on with “{GRINDER}”")
    assert "14 days" in again  # what was said last


def test_with_no_keep_nothing_is_left(desk):
    out = desk.chat(GRINDER, "/good", flags=("--no-keep",))
    assert out.startswith("Nothing that is said now is kept.\n")
    assert "You have 45 days" in out
    assert "This conversation is not kept" in out
    assert not desk.file.exists()
    desk.chat(GRINDER)
    assert "A gift card can be returned" in desk.chat("and for gift cards?", flags=("--continue", "--no-keep"))
    assert [each["length"] for each in desk.listed()] == [2]


def test_what_is_thought_of_an_answer_is_kept_with_its_reason(desk):
    desk.chat("", "/quit")
    assert desk.listed() == []  # whoever only looks in leaves no conversation
    out = desk.chat("/good", GRINDER, "/good", "/bad It is  30 days.", "When does the shop in Lisbon open?", "/good")
    assert out.count("Noted.") == 3
    assert "There is no answer yet" in out
    with open_database(desk.file) as database:
        mine = Conversations(database, owner=LOCAL)
        said = mine.messages(mine.recent()[0].id)
    thoughts = [(each.feedback.thumbs, each.feedback.reason) for each in said if each.feedback]
    assert thoughts == [("down", "It is  30 days."), ("up", "")]


def test_the_last_answer_of_an_earlier_chat_is_judged_when_it_goes_on(desk):
    desk.chat(GRINDER)
    assert desk.chat("/good clear", flags=("--continue",)).endswith("Noted.\n")
    assert "good: clear" in desk.run("conversations", "show", desk.listed()[0]["id"]).output


def test_an_unknown_command_is_answered_with_those_that_there_are(desk):
    assert "/good and /bad" in desk.chat("/help").splitlines()[-1]
    assert desk.listed() == []


def test_a_bot_goes_on_as_itself_where_it_was(desk):
    flags = ("--bot", "tutor", "--collection", "documents")
    first = desk.chat(GRINDER, flags=flags)
    assert "45 days" not in first  # a hint
    desk.chat("I do not know", flags=("--continue",))
    last = desk.chat("I do not know", flags=("--continue",))
    assert "45 days" in last.splitlines()[-3]
    [kept] = desk.listed()
    assert (kept["bot"], kept["collection"], kept["length"]) == ("tutor", "documents", 6)
    desk.chat("When does the shop in Lisbon open?")
    assert "45 days" in desk.chat(flags=("--continue", "--bot", "tutor"))  # the last with this bot
    done = desk.run("chat", "--conversation", kept["id"], "--bot", "support")
    assert (done.code, stays_one_line(done)) == (2, True)
    assert "is with 'tutor', so it cannot go on with 'support'. Leave --bot out" in done.errors


def test_conversations_are_listed_searched_read_and_renamed(desk):
    leave, lisbon = desk.kept(ANSWER, answer("When does the shop in Lisbon open?"))
    table = desk.run("conversations", "list").output.splitlines()
    assert table[0].split() == ["Id", "Last", "said", "With", "Messages", "Title"]
    assert [line.split()[0] for line in table[1:] if line[0] != " "] == [lisbon[:8], leave[:8]]
    found = desk.run("conversations", "search", "CARRY", "days", "--json").json
    assert [each["id"] for each in found] == [leave]
    assert desk.run("conversations", "search", "nothing").output == "No conversation holds all of these words.\n"
    with open_database(desk.file) as database:
        mine = Conversations(database, owner=LOCAL)
        mine.feedback(mine.messages(leave)[1].id, "down", "Too short.")
    shown = desk.run("conversations", "show", leave[:8]).output.splitlines()
    assert shown[0].startswith(f"“{ANSWER.question}” ({leave[:8]}), with documents, 20")
    assert shown[1:4] == [f"> {ANSWER.question}", ANSWER.text, "  [1] Leave, § 2 (a/leave.md)"]
    assert shown[-1] == "  bad: Too short."
    assert "is now “[b]Days”" in desk.run("conversations", "rename", leave[:8], "[b]Days").output
    assert "[b]Days" in desk.run("conversations", "list").output


def test_conversations_are_deleted_after_a_question(desk):
    leave, lisbon, _ = desk.kept(ANSWER, answer("When does the shop in Lisbon open?"), answer("And in Porto?"))
    asked = desk.run("conversations", "delete", lisbon, typed="n\n")
    assert (asked.code, len(desk.listed())) == (1, 3)
    assert desk.run("conversations", "delete", lisbon, leave[:8], "--yes").code == 0
    assert [each["title"] for each in desk.listed()] == ["And in Porto?"]
    assert desk.run("conversations", "delete", "--all", typed="y\n").output.endswith("Deleted: 1 conversations.\n")
    assert desk.run("conversations", "list").output == "No conversation is kept.\n"


def test_a_conversation_is_exported_for_people_and_for_programs(desk, tmp_path):
    [id_] = desk.kept(ANSWER)
    page = desk.run("conversations", "export", id_[:8]).output
    assert page.startswith(f"# {ANSWER.question}\n\n*Documents: documents, begun 20")
    assert "- [1] Leave, § 2 (a/leave.md): “You have 20 days.”" in page
    to = tmp_path / "out.json"
    assert desk.run("conversations", "export", id_, "--json", "--to", to) == Done(0, "", "")
    assert [each["role"] for each in json.loads(to.read_text("utf-8"))["messages"]] == ["user", "assistant"]
    done = desk.run("conversations", "export", id_, "--to", tmp_path / "none" / "out.md")
    assert (done.code, stays_one_line(done)) == (2, True)
    assert "Name another with `--to FILE`." in done.errors


@pytest.mark.parametrize(
    "command",
    [
        ["chat", "--continue"],
        ["chat", "--conversation", "1234"],
        ["conversations", "list"],
        ["conversations", "show", "1234"],
    ],
)
def test_where_nothing_was_kept_that_is_said_and_nothing_is_begun(desk, command):
    done = desk.run(*command)
    assert (done.code, done.output, stays_one_line(done)) == (1, "", True)
    assert "`phi-assistant chat`" in done.errors
    assert not desk.file.exists()


def test_a_conversation_that_is_not_there_is_one_clear_error(desk):
    desk.kept(ANSWER)
    for command in (
        ["chat", "--conversation", "zz"],
        ["chat", "-c", "--bot", "tutor"],
        ["conversations", "show", "zz"],
    ):
        done = desk.run(*command)
        assert (done.code, done.output, stays_one_line(done)) == (1, "", True)
        assert "`phi-assistant conversations list`" in done.errors
    wrong = desk.run("conversations", "delete")
    assert (wrong.code, "name conversations by their ids" in wrong.errors) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_others_on_this_machine_cannot_read_what_was_asked(desk):
    desk.kept(ANSWER)
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600


def test_what_a_full_disk_refused_is_kept_with_the_next_answer(tmp_path):
    """The talk alone, on a database that refuses for a while."""
    from phi_assistant.cli.talk import Talk
    from phi_assistant.conversations.errors import ConversationError

    with open_database(tmp_path / "a.db") as database, open_database(tmp_path / "a.db", wait=0.1) as waiting:
        talk = Talk(Conversations(waiting, owner="ana"), None, keep=True, bot="", collection="staff")
        talk.add(answer("one"), "one")
        with database.writing() as session:
            session.connection()  # and so the right to write
            with pytest.raises(ConversationError):
                talk.add(answer("two"), "two")
        assert [turn.text for turn in talk.history] == ["one", "Yes.", "two", "Yes."]
        talk.judge("up", "")
        talk.add(answer("three"), "three")
        mine = Conversations(database, owner="ana")
        said = mine.messages(mine.recent()[0].id)
        assert [each.text for each in said if each.role == "user"] == ["one", "two", "three"]
        assert [bool(each.feedback) for each in said if each.answer] == [False, True, False]


def test_doctor_shows_where_conversations_are_and_begins_nothing(desk):
    assert f"Conversations in {desk.file}\n  none yet: phi-assistant chat begins one\n" in desk.run("doctor").output
    assert not desk.file.exists()
    desk.kept(ANSWER)
    assert "  1 kept (revision 0002); more can be kept\n" in desk.run("doctor").output
    state = desk.run("doctor", "--json").json["conversations"]
    assert state == {
        "place": str(desk.file),
        "revision": "0002",
        "newest": "0002",
        "kept": 1,
        "writable": True,
        "problem": None,
    }


def test_doctor_names_what_is_wrong_with_a_database_and_no_password(desk):
    address = "postgresql://ana:secret@127.0.0.1:9/notes?password=hush"
    done = desk.run("doctor", PHI_ASSISTANT_DATABASE=address)
    assert done.code == 0
    assert "Conversations in postgresql://ana:***@127.0.0.1:9/notes\n" in done.output
    assert "systemctl start postgresql" in done.output
    chat = desk.run("chat", PHI_ASSISTANT_DATABASE=address)
    assert (chat.code, stays_one_line(chat)) == (1, True)
    wrong = desk.run("doctor", PHI_ASSISTANT_DATABASE="mysql://ana:secret@db/notes")
    assert "is not the address of a database" in wrong.output
    debug = desk.run("chat", "--debug", PHI_ASSISTANT_DATABASE=address)
    everything = "".join(each.output + each.errors for each in (done, chat, wrong, debug))
    assert "secret" not in everything
    assert "hush" not in everything
    desk.file.write_bytes(b"not a database, " * 1000)
    assert "phi_assistant.conversations.repair" in desk.run("doctor").output


def test_what_stands_on_nothing_is_named_where_it_is_shown(capsys):
    from rich.console import Console

    from phi_assistant.cli.show import print_answer

    flagged = replace(answer("one"), text="Yes. [1] It is blue.", unsupported=("It is blue.",))
    print_answer(flagged, Console(soft_wrap=True))
    assert "  Not in the documents: “It is blue.”\n" in capsys.readouterr().out
