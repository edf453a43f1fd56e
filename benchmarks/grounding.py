"""`python -m benchmarks.grounding`: support against votes of people, changed facts, citations, refusals.

Answers and questions of `../shared/eval`, documents ingested through the product's front door. Takes some three
minutes on two cores; `--quick 50` takes fifty questions of each set, and writes no file.
"""

from __future__ import annotations

import random
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.data import EVAL, EvalSet, Query, eval_sets
from benchmarks.grounding_citations import Counts, counted, mixed
from benchmarks.grounding_facts import KINDS, Given, changed, gold_sentences, names_of, shown
from benchmarks.pool import Collection, Remembering, collection, progress, readings, strided
from benchmarks.results import Bar, bars, command, conditions, table, write_section
from phi_assistant.embeddings import DEFAULT_SPEC, open_embedder
from phi_assistant.embeddings.base import Embedder
from phi_assistant.evidence import evidence, threshold_of
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.grounding import Grounded, ground
from phi_assistant.grounding.markers import without_markers
from phi_assistant.packing import pack
from phi_assistant.schema import Chunk, Passage
from phi_assistant.settings import Settings
from phi_assistant.words import Analyzer

HEADING = "Grounding"
SETS = ("squad2", "doc2dial", "clapnq", "mtrag_un")
REFUSING = ("mtrag_un", "squad2")
QUESTIONS, BUDGET, SEED = 160, 1024, 7

Measured = tuple[str, list[Bar]]


def main() -> None:
    chosen = _arguments()
    began = perf_counter()
    sets = eval_sets(chosen.eval)
    settings = Settings.load()
    models = chosen.models or settings.models_folder
    embedder = Remembering(open_embedder(settings.embedder or DEFAULT_SPEC, models=models))
    parts = {"Support and the votes of people (`groundedness`)": _votes(chosen.eval / "groundedness", embedder)}
    with ExitStack() as open_:
        pool = open_.enter_context(collection("pooled", [sets[name] for name in SETS], embedder))
        given = list(_given(pool, sets, min(QUESTIONS, chosen.quick or QUESTIONS)))
        parts["One fact changed"] = _facts(given, embedder)
        parts["Citations of mixed sentences"] = _citations(given, embedder)
        alone = [open_.enter_context(collection(name, [sets[name]], embedder)) for name in REFUSING]
        parts["Refusals by evidence"] = _refusals(alone, sets, chosen.quick)
    shown_parts = [f"### {title}\n\n{shown_table}" for title, (shown_table, _) in parts.items()]
    seconds = f"\n- seconds: {perf_counter() - began:.0f}"
    text = [
        conditions(command("benchmarks.grounding")) + seconds,
        bars(bar for _, part in parts.values() for bar in part),
        *shown_parts,
    ]
    print("\n\n".join(text))
    if not chosen.quick:
        write_section(HEADING, text)


def _votes(folder: Path, embedder: Embedder) -> Measured:
    rows = EvalSet("groundedness", folder).rows("items")
    judged = [_against_votes(row, embedder) for row in rows]
    faithful = np.array([bool(row["faithful"]) for row in rows])
    found = np.array([bool(row["contexts"]) for row in rows])
    halves = np.arange(len(rows)) % 2 == 0
    support = np.array([each.support for each in judged])
    flagged = np.array([bool(each.unsupported) for each in judged])
    groups = {"all": np.ones(len(rows), bool), "with passages": found, "one half": halves, "the other half": ~halves}
    lines: list[list[str | float]] = [
        [
            name,
            str(int(of.sum())),
            auroc(support[of & faithful], support[of & ~faithful]),
            float(flagged[of & faithful].mean()),
            float(flagged[of & ~faithful].mean()),
        ]
        for name, of in groups.items()
    ]
    header = ["answers", "number", "AUROC of support", "a sentence flagged, of the faithful", "of the others"]
    return table(header, lines), [Bar("support against the votes of people, AUROC", float(lines[0][2]), 0.90)]


def _against_votes(row: dict[str, Any], embedder: Embedder) -> Grounded:
    passages = [
        Passage(number, (Chunk(f"{number}.txt", 0, "", "", (), 0, len(text), text),), text, 1.0)
        for number, text in enumerate(row["contexts"], 1)
    ]
    said = " ".join([*(turn["text"] for turn in row["history"]), row["question"]])
    return ground(row["response"], passages, embedder=embedder, analyzer=Analyzer("en"), question=said)


def _given(pool: Collection, sets: dict[str, EvalSet], most: int) -> Iterator[Given]:
    """Gold answers where the passages hold them, else what the extractive answerer quotes from them."""
    store, embedder = pool.retriever.store, pool.retriever.embedder
    answerer = ExtractiveAnswerer(store.analyzer)
    for name in SETS:
        texts = {row["id"]: row["text"] for row in sets[name].rows("corpus")}
        queries = [query for query in sets[name].queries() if query.answerable and query.record["answers"]]
        random.Random(SEED).shuffle(queries)
        for query, reading in readings(queries[:most], pool.retriever):
            passages = tuple(pack(reading.hits, store, budget=BUDGET, count=embedder.count_tokens))
            text = _gold(query, [texts[id_] for id_ in query.record["relevant_ids"] if id_ in texts], passages)
            if text:
                yield Given(name, query.question, text, passages)
                continue
            quoted, citations = answerer.answer(reading)
            if all(shown(citation.quote, passages) for citation in citations):
                yield Given("quoted", query.question, without_markers(quoted), passages)
    progress("correct answers: done")


def _gold(query: Query, gold: Sequence[str], passages: Sequence[Passage]) -> str:
    """A correct answer that these passages hold; empty where they do not."""
    answers = query.record["answers"]
    if query.set == "squad2":
        text = gold_sentences(gold[0], answers)
        return text if shown(text, passages) else ""
    if query.set == "clapnq":
        return str(answers[0]) if all(shown(text, passages) for text in gold) else ""
    return str(answers[0]) if query.set == "doc2dial" and shown(answers[0], passages) else ""


def _facts(given: Sequence[Given], embedder: Embedder) -> Measured:
    analyzer, rng = Analyzer("en"), random.Random(SEED)
    names = names_of({passage.text for each in given for passage in each.passages})
    flagged: dict[str, list[bool]] = {}
    for each in given:
        flagged.setdefault(each.origin, []).append(_flagged(each, each.text, embedder, analyzer))
    caught: dict[tuple[str, bool], list[bool]] = {}
    for each in given:
        if change := changed(each, names, rng, rng.sample(KINDS, len(KINDS))):
            found = _flagged(each, change.text, embedder, analyzer)
            caught.setdefault((change.kind, change.elsewhere), []).append(found)
    progress("facts: done")
    every = [found for part in caught.values() for found in part]
    false = fmean(found for part in flagged.values() for found in part)
    lines = [_caught_row(kind, caught) for kind in KINDS]
    shown_lines = table(
        ["what was changed", "answers", "caught", "of those, to what stands elsewhere", "caught"], lines
    )
    unchanged = table(
        ["unchanged answers of", "number", "flagged"],
        [[name, str(len(part)), fmean(part)] for name, part in flagged.items()],
    )
    return f"{shown_lines}\n\n{unchanged}", [
        Bar("answers with one fact changed", len(every), 200),
        Bar("of those, caught", fmean(every), 0.98),
        Bar("unchanged answers flagged", false, 0.02, at_most=True),
    ]


def _caught_row(kind: str, caught: dict[tuple[str, bool], list[bool]]) -> list[str | float]:
    new, elsewhere = caught.get((kind, False), []), caught.get((kind, True), [])
    both = [*new, *elsewhere]
    return [
        kind,
        str(len(both)),
        fmean(both) if both else "",
        str(len(elsewhere)),
        fmean(elsewhere) if elsewhere else "",
    ]


def _flagged(given: Given, text: str, embedder: Embedder, analyzer: Analyzer) -> bool:
    judged = ground(text, given.passages, embedder=embedder, analyzer=analyzer, question=given.question)
    return bool(judged.unsupported)


def _citations(given: Sequence[Given], embedder: Embedder) -> Measured:
    analyzer, rng = Analyzer("en"), random.Random(SEED)
    counts: list[Counts] = []
    for each in given:
        if answer := mixed(each, rng):
            judged = ground(answer.text, each.passages, embedder=embedder, analyzer=analyzer, question=each.question)
            counts.append(counted(answer, judged))
    cited, due, right = (sum(getattr(each, name) for each in counts) for name in ("cited", "due", "right"))
    quoted, exact = (sum(getattr(each, name) for each in counts) for name in ("quoted", "exact"))
    lines: list[list[str | float]] = [
        ["markers that are right (precision)", right / cited],
        ["passages that are cited (recall)", right / due],
        ["quotes that overlap the very sentence", exact / quoted],
    ]
    progress("citations: done")
    return table([f"{len(counts)} answers, {due} passages to be cited", "share"], lines), []


def _refusals(alone: Sequence[Collection], sets: dict[str, EvalSet], quick: int | None) -> Measured:
    lines: list[list[str | float]] = []
    for within in alone:
        scored = readings(strided(sets[within.name].queries(), quick), within.retriever)
        found = [(_expected(query), evidence(reading)) for query, reading in scored]
        answered = np.array([score for expect, score in found if expect in ("answer", "partial")])
        refused = np.array([score for expect, score in found if expect == "refuse"])
        threshold = threshold_of(within.retriever.store).value
        kept, left = float((answered >= threshold).mean()), float((refused < threshold).mean())
        area = auroc(answered, refused)
        lines.append(
            [within.name, str(len(answered)), str(len(refused)), area, (kept + left) / 2, kept, left, threshold]
        )
    header = ["", "to answer", "to refuse", "AUROC", "balanced accuracy", "answered", "refused", "threshold"]
    return table(header, lines), [
        Bar("mtrag_un, to refuse against to answer, AUROC", float(lines[0][3]), 0.86),
        Bar("the same, balanced accuracy at the product's threshold", float(lines[0][4]), 0.78),
    ]


def _expected(query: Query) -> str:
    return str(query.record.get("expect") or ("answer" if query.answerable else "refuse"))


def auroc(higher: np.ndarray[Any, Any], lower: np.ndarray[Any, Any]) -> float:
    """How often a score of the first is above one of the second; ties count half."""
    return float(np.mean([(lower < score).mean() + 0.5 * (lower == score).mean() for score in higher]))


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.grounding", description=__doc__)
    parser.add_argument("--eval", type=Path, default=EVAL, metavar="DIR", help="where the sets are")
    parser.add_argument("--models", type=Path, metavar="DIR", help="where the embedder is, or is built")
    parser.add_argument("--quick", type=int, metavar="N", help="questions of each set; writes no file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
