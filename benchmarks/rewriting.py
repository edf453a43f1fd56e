"""`python -m benchmarks.rewriting`: follow-ups searched with their history, against the rewrites of people.

Of canard, whose follow-ups people have rewritten so that they stand alone: as well as a model could at best. It has no
documents, so that the answers that its dialogues tell are made into some, in two ways. A page for each section of an
article has what the history quotes, which flatters a search with the history; a file for each answer has a file for
every earlier answer as well, which that search finds too. What is better in both is better. Takes some two minutes;
`--quick 200` asks so many questions.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

from benchmarks.data import EVAL, EvalSet
from benchmarks.pool import Remembering, collection, progress
from benchmarks.results import Row, command, conditions, table, write_section
from phi_assistant.embeddings import DEFAULT_SPEC, open_embedder
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Turn
from phi_assistant.settings import Settings

HEADING = "Follow-ups: history or rewriting"
FOUND_AMONG = (1, 3, 10)


@dataclass(frozen=True)
class FollowUp:
    """A question behind others, and the text that answers it."""

    question: str
    rewrite: str
    history: tuple[Turn, ...]
    needs_context: bool
    place: str
    """Article and section."""
    answer: str


class Pages(EvalSet):
    """A file for each section."""

    @cached_property
    def follow_ups(self) -> list[FollowUp]:
        """Those whose answer the history of the next question tells."""
        rows = self.rows("queries")
        return [_follow_up(row, answer) for row, after in pairwise(rows) if (answer := _answer_to(row, after))]

    def files(self) -> dict[str, str]:
        texts: dict[str, list[str]] = {}
        for each in self.follow_ups:
            texts.setdefault(self.file_of(each), [f"{each.place}\n"]).append(each.answer)
        return {file: "\n".join(lines) for file, lines in texts.items()}

    def file_of(self, asked: FollowUp) -> str:
        """Where its answer stands."""
        return self.file_name(asked.place)


class Answers(Pages):
    """A file for each answer."""

    def file_of(self, asked: FollowUp) -> str:
        return self.file_name(f"{asked.place} {self._numbers[asked]}")

    @cached_property
    def _numbers(self) -> dict[FollowUp, int]:
        return {each: number for number, each in enumerate(self.follow_ups)}


Form = Callable[[FollowUp], tuple[str, Sequence[Turn]]]

FORMS: dict[str, Form] = {
    "the question alone": lambda each: (each.question, ()),
    "with its history (the default)": lambda each: (each.question, each.history),
    "a person's rewrite": lambda each: (each.rewrite, ()),
    "a person's rewrite, with its history": lambda each: (each.rewrite, each.history),
}


def main() -> None:
    chosen = _arguments()
    began = perf_counter()
    settings = Settings.load()
    models = chosen.models or settings.models_folder
    embedder = Remembering(open_embedder(settings.embedder or DEFAULT_SPEC, models=models))
    parts = []
    for name, kind in {"A page for each section": Pages, "A file for each answer": Answers}.items():
        documents = kind("canard", chosen.eval / "canard")
        with collection(name, [documents], embedder) as open_:
            parts.append(f"### {name}\n\n{_measured(documents, open_.retriever, chosen.quick)}")
    text = [conditions(command("benchmarks.rewriting")) + f"\n- seconds: {perf_counter() - began:.0f}", *parts]
    print("\n\n".join(text))
    if not chosen.quick:
        write_section(HEADING, text)


def _measured(documents: Pages, retriever: Retriever, quick: int | None) -> str:
    every = [each for each in documents.follow_ups if each.history]
    asked = every[:: max(1, len(every) // quick)] if quick else every
    needing = [each.needs_context for each in asked]
    rows: list[Row] = []
    for name, form in FORMS.items():
        ranks = list(_ranks(documents, asked, retriever, form))
        hard = [rank for rank, needs in zip(ranks, needing, strict=True) if needs]
        rows.append([name, *_found(ranks), *_found(hard)])
        progress(f"rewriting: {name}: searched")
    header = [f"found among {among}" for among in FOUND_AMONG]
    hard_header = [f"of the {sum(needing)} that need it, among {among}" for among in FOUND_AMONG]
    return table([f"{len(asked)} follow-ups, searched for", *header, *hard_header], rows)


def _ranks(documents: Pages, asked: Sequence[FollowUp], retriever: Retriever, form: Form) -> Iterator[int]:
    """At which place the file with the answer was found; 0 for none of the first ten."""
    ready = retriever.ask_all([form(each) for each in asked])
    for each, question in zip(asked, ready, strict=True):
        hits = retriever.search(question, k=max(FOUND_AMONG))
        sources = list(dict.fromkeys(hit.chunk.source for hit in hits))
        wanted = documents.file_of(each)
        yield sources.index(wanted) + 1 if wanted in sources else 0


def _found(ranks: Sequence[int]) -> list[float]:
    return [fmean(0 < rank <= among for rank in ranks) for among in FOUND_AMONG]


def _answer_to(row: dict[str, Any], after: dict[str, Any]) -> str:
    """What the history of the next question tells; empty where that is of another dialogue."""
    length, told = len(row["history"]), after["history"]
    same = len(told) >= length + 2 and told[:length] == row["history"] and told[length]["text"] == row["question"]
    return str(told[length + 1]["text"]) if same else ""


def _follow_up(row: dict[str, Any], answer: str) -> FollowUp:
    history = tuple(Turn("user" if turn["role"] == "user" else "assistant", turn["text"]) for turn in row["history"])
    place = f"{row['title']}: {row['section']}"
    return FollowUp(row["question"], row["rewrite"], history, bool(row["needs_context"]), place, answer)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.rewriting", description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, metavar="DIR", help="where the sets are")
    parser.add_argument("--models", type=Path, metavar="DIR", help="where the embedder is")
    parser.add_argument("--quick", type=int, metavar="N", help="ask so many questions; writes no file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
