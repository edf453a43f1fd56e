"""Votes on two answers side by side: kept with both, counted whichever side each stood on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kept import ANSWER, REFUSAL, answer

from phi_assistant.conversations import Comparisons, open_database, tally_of_all
from phi_assistant.conversations.errors import NoSuchComparison
from phi_assistant.conversations.values import Contender, Party, Tally

SEEN = replace(ANSWER, hits=(), passages=(), turns=(), left_out=0)
"""What a reader sees of it."""
LEFT = Contender("support", "demo-support", ANSWER)
RIGHT = Contender("", "demo-support", replace(REFUSAL, question=ANSWER.question))


@pytest.fixture
def mine(database) -> Comparisons:
    return Comparisons(database, owner="ana")


def test_both_answers_come_back_with_their_citations_and_the_vote(place):
    with open_database(place) as database:
        kept = Comparisons(database, owner="ana").keep(LEFT, RIGHT, vote="left", reason="It says where.")
    with open_database(place) as database:
        read = Comparisons(database, owner="ana").get(kept.id)
    assert read == kept
    assert read.left == replace(LEFT, answer=SEEN)
    assert (read.right.bot, read.right.answer.abstained, read.right.answer.reason) == ("", True, REFUSAL.reason)
    assert (read.question, read.vote, read.reason) == (ANSWER.question, "left", "It says where.")


def test_a_vote_may_come_later_be_changed_and_be_taken_back(mine):
    id_ = mine.keep(LEFT, RIGHT).id
    assert mine.get(id_).vote is None
    assert mine.tally() == []
    assert mine.vote(id_, "both").vote == mine.get(id_).vote == "both"
    mine.vote(id_, "neither", "Both are too long.")
    assert (mine.get(id_).vote, mine.get(id_).reason) == ("neither", "Both are too long.")
    assert mine.vote(id_, None).vote is None


def test_the_newest_are_listed_first_and_page_by_page(mine):
    ids = [mine.keep(LEFT, RIGHT).id for _ in range(3)]
    assert [each.id for each in mine.recent()] == ids[::-1]
    assert [each.id for each in mine.recent(limit=1, before=ids[2])] == [ids[1]]
    mine.delete(ids[1])
    assert [each.id for each in mine.recent()] == [ids[2], ids[0]]


def test_votes_are_counted_whichever_side_each_stood_on(mine, database):
    def said_by(model: str, bot: str = "") -> Contender:
        return Contender(bot, "demo", replace(answer("x"), model=model))

    small, large, tutor = said_by("onnx:phi-3"), said_by("onnx:phi-3.5"), said_by("onnx:phi-3", bot="tutor")
    for left, right, vote in (
        (small, large, "right"),
        (large, small, "left"),
        (large, small, "right"),
        (small, large, "both"),
        (large, small, "neither"),
        (small, tutor, "left"),
    ):
        mine.keep(left, right, vote=vote)
    mine.keep(small, large)
    assert mine.tally() == [
        Tally(Party("", "onnx:phi-3"), Party("", "onnx:phi-3.5"), for_first=1, for_second=2, both=1, neither=1),
        Tally(Party("", "onnx:phi-3"), Party("tutor", "onnx:phi-3"), for_first=1, for_second=0, both=0, neither=0),
    ]
    Comparisons(database, owner="eve").keep(small, tutor, vote="right")
    assert mine.tally()[1].for_second == 0
    assert tally_of_all(database)[1].for_second == 1


def test_no_verb_reaches_what_is_anothers(mine, database):
    id_ = mine.keep(LEFT, RIGHT, vote="left").id
    hers = Comparisons(database, owner="eve")
    for attempt in (lambda: hers.get(id_), lambda: hers.vote(id_, "right"), lambda: hers.delete(id_)):
        with pytest.raises(NoSuchComparison, match=f"no comparison {id_}"):
            attempt()
    assert (hers.recent(), hers.tally()) == ([], [])
    assert mine.get(id_).vote == "left"


def test_numbers_may_be_numpys(mine):
    citation = replace(ANSWER.citations[0], start=np.int64(40), marks=((np.int64(9), np.int64(11)),))
    timings = replace(ANSWER.timings, total_s=np.float32(0.5))
    counted = replace(ANSWER, citations=(citation,), timings=timings)
    read = mine.get(mine.keep(Contender("", "demo", counted), RIGHT).id)
    assert read.left.answer.citations == (citation,)
    assert read.left.answer.timings.total_s == 0.5
