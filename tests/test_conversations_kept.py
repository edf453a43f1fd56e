"""Kept conversations: what was said comes back as it was, an owner sees only his own; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kept import ANSWER, REFUSAL, answer

from phi_assistant import Settings
from phi_assistant.conversations import Conversations, Database, open_database
from phi_assistant.conversations.conversations import shortened
from phi_assistant.conversations.errors import NoSuchConversation


@pytest.fixture
def mine(database: Database) -> Conversations:
    return Conversations(database, owner="ana")


@pytest.fixture
def begun(mine: Conversations) -> str:
    """The id of a conversation in which nothing was said."""
    return mine.begin(collection="demo-support", bot="support").id


def without_texts(given: Any) -> Any:
    return replace(given, hits=tuple(replace(hit, chunk=replace(hit.chunk, text="")) for hit in given.hits))


def test_an_answer_comes_back_with_all_it_stood_on_but_the_texts_of_its_hits(place):
    with open_database(place) as database:
        mine = Conversations(database, owner="ana")
        id_ = mine.begin(collection="staff").id
        kept = mine.append(id_, ANSWER)
    with open_database(place) as database:
        question, reply = Conversations(database, owner="ana").messages(id_)
    assert (question, reply) == kept
    assert (question.role, question.text, question.answer) == ("user", ANSWER.question, None)
    assert (reply.role, reply.text) == ("assistant", ANSWER.text)
    assert reply.answer == without_texts(ANSWER)
    assert question.at.utcoffset() is not None


def test_a_conversation_counts_and_dates_what_was_said(mine, begun):
    before = mine.get(begun)
    mine.append(begun, ANSWER)
    after = mine.get(begun)
    assert (before.length, after.length) == (0, 2)
    assert before.created == after.created < after.updated
    assert (after.bot, after.collection) == ("support", "demo-support")


def test_the_turns_are_those_that_the_answers_left_with_their_passages(mine, begun):
    said = (ANSWER, REFUSAL, answer("and then?"))
    for each in said:
        mine.append(begun, each)
    assert mine.turns(begun) == [turn for each in said for turn in each.turns]
    assert [each.answer.passages for each in mine.messages(begun) if each.answer] == [each.passages for each in said]


def test_what_was_typed_is_kept_where_another_question_was_answered(mine, begun):
    mine.append(begun, ANSWER, said="I give up")
    question, reply = mine.messages(begun)
    assert question.text == "I give up"
    assert reply.answer
    assert reply.answer.question == ANSWER.question


def test_the_first_question_is_the_title_until_there_is_another(mine, begun):
    assert mine.get(begun).title == ""
    mine.append(begun, ANSWER)
    mine.append(begun, answer("and then?"))
    assert mine.get(begun).title == "How many days of leave?"
    mine.rename(begun, "Leave")
    mine.append(begun, answer("and then?"))
    assert mine.get(begun).title == "Leave"
    named = mine.begin(collection="staff", title="Named").id
    mine.append(named, ANSWER)
    assert mine.get(named).title == "Named"


def test_an_answer_is_put_in_the_place_of_an_earlier_one_and_of_what_came_after(mine, begun):
    kept = [mine.append(begun, answer(question))[1] for question in ("one", "two", "three")]
    history = mine.turns(begun, before=kept[1].id)
    assert [turn.text for turn in history] == ["one", "Yes."]
    mine.append(begun, answer("two, better"), instead_of=kept[1].id)
    assert [each.text for each in mine.messages(begun)] == ["one", "Yes.", "two, better", "Yes."]
    assert (mine.get(begun).length, mine.get(begun).title) == (4, "one")
    with pytest.raises(NoSuchConversation, match=f"no answer {kept[2].id}"):
        mine.append(begun, answer("four"), instead_of=kept[2].id)  # it is gone
    with pytest.raises(NoSuchConversation):
        mine.append(mine.begin(collection="staff").id, answer("four"), instead_of=kept[0].id)  # it is not in there
    assert len(mine.messages(begun)) == 4


def test_the_title_follows_an_edited_first_question_unless_its_owner_gave_it(mine, begun):
    _, first = mine.append(begun, answer("Wat?"))
    _, second = mine.append(begun, answer("What?"), instead_of=first.id)
    assert mine.get(begun).title == "What?"
    mine.rename(begun, "Mine")
    mine.append(begun, answer("Who?"), instead_of=second.id)
    assert mine.get(begun).title == "Mine"


def test_a_conversation_is_found_by_the_beginning_of_its_id(mine, begun, database):
    assert mine.find(begun[:8]) == mine.find(begun) == mine.get(begun)
    for beginning in ("", "_", "%", "zz", "\ud800"):
        with pytest.raises(NoSuchConversation, match="There is no conversation"):
            mine.find(beginning)
    with pytest.raises(NoSuchConversation):
        Conversations(database, owner="eve").find(begun[:8])
    seventeen = [mine.begin(collection="staff").id for _ in range(17)]  # so that two of them begin with the same digit
    digits = [id_[0] for id_ in seventeen]
    with pytest.raises(NoSuchConversation, match="several"):
        mine.find(next(digit for digit in digits if digits.count(digit) > 1))


def test_a_long_question_is_cut_between_words_for_a_title():
    assert shortened("word " * 30) == "word " * 10 + "word…"
    assert shortened("w" * 100) == "w" * 59 + "…"
    assert shortened("two\n lines") == "two lines"


def test_the_newest_are_listed_first_and_page_by_page(mine):
    ids = [mine.begin(collection="staff", bot=bot).id for bot in ("a", "b", "a", "b")]
    mine.append(ids[0], ANSWER)
    newest = [ids[0], ids[3], ids[2], ids[1]]
    assert [each.id for each in mine.recent()] == newest
    page = mine.recent(limit=2)
    assert [each.id for each in page] == newest[:2]
    assert [each.id for each in mine.recent(limit=2, before=page[-1].updated)] == newest[2:]
    assert [each.id for each in mine.recent(bot="b")] == [ids[3], ids[1]]
    other = mine.begin(collection="other").id
    assert [each.id for each in mine.recent(collection="other")] == [other]


@pytest.mark.parametrize("words", ["ÜBUNGEN", "ubung", "größe Übung", "GROSSE", "100%", "a_b", "плов", "  "])
def test_a_search_finds_words_whatever_their_case_and_accents(mine, begun, words):
    mine.append(begun, answer("Welche Übungen?", "Alle von Größe a_b, zu 100%. Плов."))
    assert [each.id for each in mine.search(words)] == [begun]


@pytest.mark.parametrize("words", ["übungen fehlt", "1_0%", "%", "a_c"])
def test_a_search_finds_nothing_where_a_word_is_missing_and_has_no_wildcards(mine, begun, words):
    mine.append(begun, answer("Welche Übungen?", "Alle: 100 Prozent, axb."))
    assert mine.search(words) == []


def test_a_search_finds_titles_and_words_of_different_messages(mine, begun):
    mine.append(begun, answer("apples", "pears"))
    mine.rename(begun, "Fruit")
    mine.begin(collection="staff", title="Fruitless")
    assert [each.id for each in mine.search("fruit pear apple")] == [begun]
    assert len(mine.search("fruit")) == 2


def test_what_is_deleted_is_gone_with_all_that_belonged_to_it(mine, begun, database):
    other = mine.begin(collection="staff").id
    for id_ in (begun, other):
        mine.feedback(mine.append(id_, ANSWER)[1].id, "up")
    mine.delete(begun)
    assert [each.id for each in mine.recent()] == [other]
    assert len(mine.messages(other)) == 2
    with database.engine.connect() as connection:
        for table, rows in {"messages": 2, "answers": 1, "citations": 2, "hits": 2, "feedback": 1}.items():
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == rows
    for verb in (mine.get, mine.messages, mine.turns, mine.export, mine.delete):
        with pytest.raises(NoSuchConversation, match=begun):
            verb(begun)


def test_all_that_is_ones_own_can_be_removed_at_once(mine, begun, database):
    hers = Conversations(database, owner="eve")
    left = hers.begin(collection="staff").id
    mine.append(begun, ANSWER)
    assert mine.clear() == 1
    assert (mine.recent(), mine.clear()) == ([], 0)
    assert [each.id for each in hers.recent()] == [left]


def test_the_number_of_a_deleted_answer_is_never_given_again(mine, begun):
    _, reply = mine.append(begun, ANSWER)
    mine.delete(begun)
    _, later = mine.append(mine.begin(collection="staff").id, ANSWER)
    assert later.id > reply.id
    with pytest.raises(NoSuchConversation, match=f"no answer {reply.id}"):
        mine.feedback(reply.id, "up")


def test_feedback_is_kept_with_its_answer_replaced_and_taken_back(mine, begun):
    question, reply = mine.append(begun, ANSWER)
    assert mine.messages(begun)[1].feedback is None
    first = mine.feedback(reply.id, "down", "It is 25 days.")
    assert mine.messages(begun)[1].feedback == first
    assert first
    assert (first.thumbs, first.reason) == ("down", "It is 25 days.")
    second = mine.feedback(reply.id, "up")
    assert mine.messages(begun)[1].feedback == second
    assert mine.feedback(reply.id, None) is None
    assert mine.messages(begun)[1].feedback is None
    with pytest.raises(NoSuchConversation):
        mine.feedback(question.id, "up")  # a question is no answer


def test_no_verb_reaches_what_is_anothers(database, mine, begun):
    _, reply = mine.append(begun, ANSWER)
    before = (mine.get(begun), mine.messages(begun))
    hers = Conversations(database, owner="eve")
    for attempt in (
        lambda: hers.get(begun),
        lambda: hers.messages(begun),
        lambda: hers.turns(begun),
        lambda: hers.export(begun),
        lambda: hers.rename(begun, "Mine now"),
        lambda: hers.delete(begun),
        lambda: hers.append(begun, ANSWER),
        lambda: hers.append(begun, ANSWER, instead_of=reply.id),
        lambda: hers.feedback(reply.id, "down"),
        lambda: hers.feedback(reply.id, None),
    ):
        with pytest.raises(NoSuchConversation):
            attempt()
    assert hers.recent() == []
    assert hers.search("leave") == []
    assert (mine.get(begun), mine.messages(begun)) == before


def test_text_that_no_database_can_hold_is_kept_with_its_length(mine, begun):
    strange = answer("half \ud83d and \0 nul", "ok 😀")  # and the same in its turns
    mine.append(begun, strange)
    again = mine.messages(begun)
    assert [each.text for each in again] == ["half � and � nul", "ok 😀"]
    assert len(again[0].text) == len(strange.question)
    assert mine.search("nul")
    with pytest.raises(NoSuchConversation):
        mine.get("\ud800")


def test_scores_may_be_numpys(mine, begun):
    hit = replace(ANSWER.hits[0], score=np.float32(0.5), dense=np.float64(0.25), lexical=np.float32(2))
    mine.append(begun, replace(ANSWER, hits=(hit,)))
    [read] = mine.messages(begun)[1].answer.hits
    assert (read.score, read.dense, read.lexical) == (0.5, 0.25, 2.0)


def test_an_export_for_people_shows_what_the_answers_stand_on(mine, begun):
    _, reply = mine.append(begun, ANSWER)
    mine.append(begun, REFUSAL)
    mine.feedback(reply.id, "down", "It is 25.")
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", mine.export(begun))
    assert text == (
        "# How many days of leave?\n\n"
        "*Documents: demo-support, begun DATE UTC, with support*\n\n"
        "## Question\n\nHow many days of leave?\n\n"
        "## Answer\n\nYou have 20 days. [1] You may carry 5 over. [1]\n\n"
        "- [1] Leave, § 2 (a/leave.md): “You have 20 days.”\n"
        "- [1] Leave, § 2 (a/leave.md): “Five may be carried.”\n\n"
        "Not supported by the documents:\n- You may carry 5 over.\n\n"
        "👎 It is 25.\n\n"
        "## Question\n\nWho won?\n\n## Answer\n\nYour documents do not say.\n"
    )


def test_an_export_for_programs_has_the_keys_that_ask_prints(mine, begun):
    _, reply = mine.append(begun, ANSWER)
    mine.feedback(reply.id, "up")
    exported = json.loads(mine.export(begun, "json"))
    assert list(exported) == ["id", "title", "bot", "collection", "created", "updated", "messages"]
    question, said = exported["messages"]
    assert list(question) == ["role", "text", "at"]
    assert said["citations"][0] == {
        "number": 1,
        "source": "a/leave.md",
        "title": "Leave",
        "label": "§ 2",
        "start": 40,
        "end": 57,
        "quote": "You have 20 days.",
        "marks": [[9, 11], [12, 16]],
    }
    assert said["unsupported"] == ["You may carry 5 over."]
    assert said["usage"] == {"prompt_tokens": 900, "completion_tokens": 25}
    assert said["feedback"] == {"thumbs": "up", "reason": ""}
    assert "reason" not in said


def test_the_place_is_a_file_in_the_data_folder_or_an_address_whose_password_is_not_shown(tmp_path):
    assert Settings.load(data=tmp_path).conversations_place == tmp_path / "conversations.db"
    address = "postgresql://ana:secret@db/notes"
    settings = Settings.load(data=tmp_path, database=address)
    assert settings.conversations_place == address
    assert "secret" not in repr(settings)
