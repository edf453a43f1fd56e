"""The page Ask: questions and answers, what is chosen and kept, and that nobody reads another's conversations."""

from __future__ import annotations

import json
import time

import pytest
from asked import COLLECTION, RETURNS, copy
from drawn import SOON_S, opening, run

from phi_assistant.conversations import Conversations
from ui import resources


def draw(owner: str, role: str) -> None:
    from ui.person import Person
    from ui.views import ask

    ask.page(Person(owner, role))


@pytest.fixture
def here(at_the_desk, monkeypatch):
    """Where quotations answer if nobody chooses."""
    monkeypatch.setenv("PHI_ASSISTANT_MODEL", "extractive")


@pytest.fixture
def opened(here):
    """Opens the page for somebody: `opened("ben", c="…")` with that in the address."""
    return opening(draw)


def mine(owner="ana"):
    return Conversations(resources.database(), owner=owner)


def ask(test, text):
    """Asks, and looks until the answer is there."""
    run(test.chat_input[0].set_value(text))
    return answered(test)


def answered(test):
    until = time.monotonic() + SOON_S
    while button(test, "stop") and time.monotonic() < until:
        run(test)
    assert not button(test, "stop")
    return test


def press(test, key):
    run(button(test, key).click())
    return test


def button(test, beginning):
    return next((each for each in test.button if (each.key or "").startswith(beginning)), None)


def open_id(test):
    value = test.query_params.get("c", "")
    return value if isinstance(value, str) else value[0]


def cards(test):
    """What is drawn of answers."""
    made = []
    for each in test.get("bidi_component"):
        data = json.loads(each.proto.json)
        if "state" in data:
            made.append(data)
    return made


def text(card):
    return "".join(each.get("text", f"[{each.get('number')}]") for each in card["pieces"])


def html(test):
    return " ".join(each.proto.body for each in test.get("html"))


def test_a_question_is_answered_with_its_source_and_stands_in_the_address(opened):
    test = ask(opened(), RETURNS)
    [card] = cards(test)
    assert "45 days" in text(card)
    assert card["sources"][0]["place"] == "Returns and refunds, How long you have"
    [kept] = mine().recent()
    assert (open_id(test), kept.title, kept.bot, kept.collection) == (kept.id, RETURNS, "support", COLLECTION)


def test_a_reload_shows_the_conversation_again(opened):
    first = ask(opened(), RETURNS)
    again = opened(c=open_id(first))
    assert [text(card) for card in cards(again)] == [text(card) for card in cards(first)]


def test_nobody_reads_anothers_conversation_by_its_address(opened):
    secret = open_id(ask(opened("ana"), RETURNS))
    other = opened("ben", c=secret)
    assert cards(other) == []
    assert RETURNS not in html(other)
    assert open_id(other) == ""
    assert "This conversation is not here" in other.error[0].value
    assert not button(other, "open-")
    assert mine("ana").get(secret).length == 2


@pytest.fixture
def school(here, desk, tmp_path, monkeypatch):
    """Beside the help desk, documents that no bot has."""
    data = copy(desk, tmp_path / "data")
    copy(data / "collections" / COLLECTION, data / "collections" / "school")
    monkeypatch.setenv("PHI_ASSISTANT_DATA", str(data))


def test_who_is_chosen_a_moment_before_the_question_was_sent_is_asked(school):
    test = opening(draw)(collection="school")
    test.pills(key="ask-desk").set_value("support")
    ask(test, RETURNS)  # with the choice, as where both come before the page has been drawn anew
    [kept] = mine().recent()
    assert (kept.bot, kept.collection) == ("support", COLLECTION)


def test_documents_that_no_bot_has_are_asked_and_an_empty_collection_is_not_offered(school):
    resources.stores().begin("documents")
    test = opening(draw)(collection="school")
    assert test.button_group[0].options == ["school", "Tassling help desk"]
    assert "45 days" in text(cards(ask(test, RETURNS))[0])
    [kept] = mine().recent()
    assert (kept.bot, kept.collection) == ("", "school")
    other = ask(opening(draw)(bot="support"), RETURNS)
    del other.query_params["bot"]
    assert "support" in press(other, "new-conversation").button_group[0].value  # who was asked last


def test_a_suggested_question_is_asked_when_it_is_pressed(opened):
    test = answered(press(opened(), "suggestion-1"))
    assert "too hot" in text(cards(test)[0])


def test_a_bot_may_stand_in_the_address_and_says_its_greeting(opened):
    test = opened(bot="support")
    assert "Hello, this is the Tassling help desk" in html(test)
    assert not button(test, "suggestion-5")


def test_a_question_that_the_documents_do_not_answer_is_refused_and_says_whom_to_ask(opened):
    test = ask(opened(), "Who painted the Mona Lisa?")
    [card] = cards(test)
    assert card["abstained"]
    assert "help@tassling.example" in text(card)
    assert card["sources"] == []
    assert card["consulted"]


def test_the_last_answer_can_be_asked_for_again_and_takes_the_place_of_the_first(opened):
    test = ask(opened(), RETURNS)
    test = ask(test, "What does error code E3 mean?")
    before = [each.id for each in mine().messages(open_id(test))]
    answered(press(test, "again-"))
    after = [each.id for each in mine().messages(open_id(test))]
    assert (len(after), after[:2]) == (4, before[:2])
    assert after[3] != before[3]
    assert len(cards(test)) == 2


def test_the_last_question_can_be_edited(opened):
    test = ask(opened(), RETURNS)
    press(test, "edit-")
    assert test.text_area[0].value == RETURNS
    test.text_area[0].set_value("What does error code E3 mean?")
    answered(run(test.button(key=next(each.key for each in test.button if each.label == "Ask")).click()))
    assert [each.text for each in mine().messages(open_id(test)) if each.role == "user"] == [
        "What does error code E3 mean?"
    ]
    assert not test.text_area


def test_only_the_last_answer_can_be_changed(opened):
    test = ask(ask(opened(), RETURNS), "What does error code E3 mean?")
    assert len([each for each in test.button if each.key.startswith(("again-", "edit-"))]) == 2


def test_a_thumb_and_a_reason_are_kept_and_can_be_taken_back(opened):
    test = ask(opened(), RETURNS)
    reply = mine().messages(open_id(test))[1].id
    feedback = test.get("feedback") or test.get("button_group")
    run(feedback[0].set_value(0))
    assert mine().messages(open_id(test))[1].feedback.thumbs == "down"
    run(test.text_input(key=f"reason-down-{reply}").set_value("too long"))
    kept = mine().messages(open_id(test))[1].feedback
    assert (kept.thumbs, kept.reason) == ("down", "too long")
    run((test.get("feedback") or test.get("button_group"))[0].set_value(None))
    assert mine().messages(open_id(test))[1].feedback is None


def test_a_model_can_be_chosen_and_answers_name_theirs(opened):
    test = opened()
    assert [test.selectbox[0].value, *test.selectbox[0].options][:2] == ["extractive", "Quotations"]
    run(test.selectbox[0].set_value("onnx:answer"))
    ask(test, RETURNS)
    answer = mine().messages(open_id(test))[1].answer
    assert answer.model == "onnx:answer"
    assert dict(cards(test)[0]["figures"])["Model"] == "onnx:answer"
    assert "Tokens per second" in dict(cards(test)[0]["figures"])


def test_a_model_answers_that_was_chosen_a_moment_before_the_question_was_sent(opened):
    test = run(opened("ana"))
    test.selectbox[0].set_value("onnx:answer")
    ask(test, RETURNS)  # with the choice, as where both come before the page has been drawn anew
    assert [each.answer.model for each in mine().messages(open_id(test)) if each.answer] == ["onnx:answer"]


def test_an_answer_is_shown_while_it_is_written_and_stops_when_it_is_told_to(opened):
    test = opened()
    run(test.selectbox[0].set_value("onnx:slow"))
    run(test.chat_input[0].set_value(RETURNS))
    assert test.chat_input[0].disabled
    until = time.monotonic() + SOON_S
    while not cards(test)[-1].get("text") and time.monotonic() < until:
        run(test)
    assert cards(test)[-1]["text"].startswith("1 2 3")
    other = opened("ana", c=open_id(test))  # a second tab finds it
    assert cards(other)[-1]["state"] == "writing"
    press(other, "stop")
    answered(test)
    assert text(cards(test)[0]).startswith("1 2 3")
    assert "You stopped this answer" in cards(test)[0]["notes"][0]
    ask(test, "What does error code E3 mean?")
    assert len(cards(test)) == 2


def test_what_goes_wrong_is_told_with_the_question_and_it_can_be_asked_of_another_model(opened, monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_MODEL", "onnx:/nowhere")
    test = ask(opened(), RETURNS)
    assert test.error[0].value == "This model cannot be used here. Choose another one, or get it in the Settings."
    assert RETURNS in html(test)
    assert mine().messages(open_id(test)) == []
    run(test.selectbox[0].set_value("extractive"))
    answered(press(test, "try-again"))
    assert not test.error
    assert "45 days" in text(cards(test)[0])


def test_what_went_wrong_can_be_left_alone(opened, monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_MODEL", "onnx:/nowhere")
    test = press(ask(opened(), RETURNS), "leave")
    assert not test.error
    assert not button(test, "open-")


def test_conversations_are_listed_searched_and_opened(opened):
    first = open_id(ask(opened(), RETURNS))
    test = ask(opened(), "What does error code E3 mean?")
    labels = [each.label for each in test.button if (each.key or "").startswith("open-")]
    assert labels == ["What does error code E3 mean?", "How long do I have to return something?"]
    run(test.text_input(key="search-conversations").set_value("boiler"))
    assert [each.label for each in test.button if (each.key or "").startswith("open-")] == labels[:1]
    run(test.text_input(key="search-conversations").set_value(""))
    press(test, f"open-{first}")
    assert open_id(test) == first
    assert "45 days" in text(cards(test)[0])
    press(test, "new-conversation")
    assert (open_id(test), cards(test)) == ("", [])


def test_a_conversation_is_renamed_exported_and_deleted(opened):
    test = ask(opened(), RETURNS)
    id_ = open_id(test)
    test.text_input(key=f"title-{id_}").set_value("  <b>Returns</b> ")
    run(next(each for each in test.button if each.label == "Rename").click())
    assert mine().get(id_).title == "<b>Returns</b>"
    assert button(test, "open-").label == "\\<b\\>Returns\\<\\/b\\>"
    assert {each.proto.label for each in test.get("download_button")} == {"Export as Markdown", "Export as JSON"}
    press(test, f"delete-{id_}")
    assert (mine().recent(), open_id(test), cards(test)) == ([], "", [])


def test_all_can_be_deleted_and_those_of_others_stay(opened):
    ask(opened("ben"), RETURNS)
    ask(opened(), RETURNS)
    test = ask(opened(), "What does error code E3 mean?")
    press(test, "delete-all")
    assert mine().recent() == []
    assert len(mine("ben").recent()) == 1


HOSTILE = "<img src=x onerror=alert(1)> **What** does [error](javascript:alert(1)) code E3 mean? :smile:"


def test_what_people_ask_is_never_markup(opened):
    test = ask(opened(), HOSTILE)
    assert "<img" not in html(test)
    assert "&lt;img" in html(test)
    assert "**" not in button(test, "open-").label.replace("\\*", "")


def test_without_documents_it_says_what_to_do(opened, monkeypatch, tmp_path):
    monkeypatch.setenv("PHI_ASSISTANT_DATA", str(tmp_path / "empty"))
    owner, asker = opened("ana", "owner"), opened("ben", "asker")
    assert "Add some in the Library, then ask about them here." in [each.value for each in owner.markdown]
    assert "Ask whoever runs this assistant to add some." in [each.value for each in asker.markdown]
    assert owner.chat_input[0].disabled
