"""Comparisons: one question, two answers side by side, and the vote of whoever read them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session, aliased

from phi_assistant.conversations.database import Database
from phi_assistant.conversations.errors import NoSuchComparison
from phi_assistant.conversations.rows import comparison_of, contender_row
from phi_assistant.conversations.tables import ComparisonRow, ContenderRow
from phi_assistant.conversations.values import Comparison, Contender, Party, Tally, Vote


class Comparisons:
    """Those of one owner; no other's can be read or changed.

    >>> mine = Comparisons(database, owner="ana")
    >>> kept = mine.keep(Contender("", "demo", quoted), Contender("", "demo", written), vote="right")
    """

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner

    def keep(self, left: Contender, right: Contender, *, vote: Vote | None = None, reason: str = "") -> Comparison:
        """Keeps two answers to the question of the left one; the vote may come later."""
        row = ComparisonRow(
            owner=self._owner,
            question=left.answer.question,
            at=datetime.now(UTC),
            vote=vote,
            reason=reason,
            contenders=[contender_row("left", left), contender_row("right", right)],
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            return comparison_of(row)

    def vote(self, id_: int, vote: Vote | None, reason: str = "") -> Comparison:
        """Keeps which was thought better, in place of what was thought before; None takes it back.

        Raises `NoSuchComparison`, as all that take an id.
        """
        with self._database.writing() as session:
            row = self._row(session, id_)
            row.vote, row.reason = vote, reason
            return comparison_of(row)

    def get(self, id_: int) -> Comparison:
        """The comparison by its id."""
        with self._database.reading() as session:
            return comparison_of(self._row(session, id_))

    def recent(self, *, limit: int = 50, before: int | None = None) -> list[Comparison]:
        """The newest first; the next page is `before` the id of this one's last."""
        query = select(ComparisonRow).where(ComparisonRow.owner == self._owner)
        query = query if before is None else query.where(ComparisonRow.id < before)
        with self._database.reading() as session:
            return [comparison_of(row) for row in session.scalars(query.order_by(ComparisonRow.id.desc()).limit(limit))]

    def delete(self, id_: int) -> None:
        """Removes it with its vote."""
        with self._database.writing() as session:
            self._row(session, id_)
            session.execute(delete(ComparisonRow).where(ComparisonRow.id == id_))

    def tally(self) -> list[Tally]:
        """How often each was preferred to each; those with the most votes first."""
        return _tally(self._database, ComparisonRow.owner == self._owner)

    def _row(self, session: Session, id_: int) -> ComparisonRow:
        mine = ComparisonRow.id == id_, ComparisonRow.owner == self._owner
        row = session.scalar(select(ComparisonRow).where(*mine).with_for_update())
        if row is None:
            raise NoSuchComparison(
                f"There is no comparison {id_} here, so nothing can be read of it or said of it; it may have been "
                "deleted. Ask the two again."
            )
        return row


def tally_of_all(database: Database) -> list[Tally]:
    """The votes of everybody, without who gave them; as `Comparisons.tally`."""
    return _tally(database, ComparisonRow.owner.is_not(None))


def _tally(database: Database, whose: ColumnElement[bool]) -> list[Tally]:
    left, right = aliased(ContenderRow), aliased(ContenderRow)
    parties = (left.bot, left.model, right.bot, right.model)
    query = (
        select(*parties, ComparisonRow.vote, func.count())
        .join(left, (left.comparison_id == ComparisonRow.id) & (left.side == "left"))
        .join(right, (right.comparison_id == ComparisonRow.id) & (right.side == "right"))
        .where(whose, ComparisonRow.vote.is_not(None))
        .group_by(*parties, ComparisonRow.vote)
    )
    votes: dict[tuple[Party, Party], Counter[str]] = defaultdict(Counter)
    with database.reading() as session:
        for left_bot, left_model, right_bot, right_model, vote, count in session.execute(query):
            pair, said = _in_order(Party(left_bot, left_model), Party(right_bot, right_model), str(vote))
            votes[pair][said] += count
    tallies = [
        Tally(first, second, said["left"], said["right"], said["both"], said["neither"])
        for (first, second), said in votes.items()
    ]
    return sorted(tallies, key=lambda each: -votes[each.first, each.second].total())


def _in_order(left: Party, right: Party, vote: str) -> tuple[tuple[Party, Party], str]:
    """The two, whichever stood on which side, and the vote seen so."""
    if (left.bot, left.model) <= (right.bot, right.model):
        return (left, right), vote
    return (right, left), {"left": "right", "right": "left"}.get(vote, vote)
