"""`python -m benchmarks.conversations`: what a local model reads of the turns of a conversation.

Conversations with the demo's help desk through ChatPhiOnnx, whose runtime counts what it had read before. How many
tokens there are to read depends on documents, questions and prompts alone, so that the tiny model of the tests takes
the part of a large one; it says the same to everything, and what it says is kept as if it were right.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from time import sleep

from benchmarks.pool import Silent
from benchmarks.results import Bar, Row, bars, command, conditions, table, write_section
from ingest.run import run
from phi_assistant.answering import Draft
from phi_assistant.assistant import Assistant
from phi_assistant.citing import Written
from phi_assistant.embeddings import open_embedder
from phi_assistant.generative import ChatAnswerer
from phi_assistant.models.onnx import ChatPhiOnnx
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Turn, Usage
from phi_assistant.settings import Settings
from phi_assistant.store import open_store

HEADING = "What a conversation's turns read"
ROOT = Path(__file__).parents[1]
BAR = 0.9
PAUSE = 3.0
"""Seconds in which a person reads and types; a conversation that has outgrown its memory gets another then."""

CONVERSATIONS = (
    ("How long do I have to return something?", "Who pays for sending it back?", "And when do I get the money?"),
    ("What does error code E3 mean?", "What do I do about error E3?", "And if E3 comes again?"),
    ("How often do I need to descale?", "Which descaler should I use?", "Can I use vinegar for that?"),
    ("How long is the warranty?", "Does it cover the pump?", "What do I need to make a claim?"),
    ("What does express shipping to Austria cost?", "How long does it take?", "And the standard one?"),
    ("Can I pay by invoice?", "From which amount on?", "How many days do I have to pay it?"),
    ("How do I buy a gift card?", "How long is it valid?", "Can I return it?"),
    ("How do I cancel an order?", "What if it was sent already?", "Can I change the address instead?"),
)


def main() -> None:
    chosen = _arguments()
    read = [list(each) for each in _read(chosen.models or Settings.load().models_folder)]
    turns = [list(each) for each in zip(*read, strict=True)]
    rows = [_row(number, of, turns[number - 2] if number > 1 else []) for number, of in enumerate(turns, 1)]
    header = [
        f"{len(read)} conversations",
        "tokens of the prompt",
        "read anew",
        "share read before",
        "of what stood before",
    ]
    third = _share_read_before(turns[2])
    text = [
        conditions(command("benchmarks.conversations")),
        bars([Bar("third turn, share of its prompt read before", third, BAR)]),
        table(header, rows),
    ]
    print("\n\n".join(text))
    write_section(HEADING, text)


def _row(number: int, turns: Sequence[Usage], before: Sequence[Usage]) -> Row:
    """Of all conversations' turns with this number; those before them stood in the prompt already. For a question that
    was refused nothing is read."""
    pairs = [(each, there) for each, there in zip(turns, before or turns, strict=True) if each.prompt_tokens]
    turns = [each for each, _ in pairs]
    stood = [(each, there.prompt_tokens + there.completion_tokens) for each, there in pairs if there.prompt_tokens]
    return [
        f"turn {number}",
        f"{fmean(each.prompt_tokens for each in turns):,.0f}",
        f"{fmean(each.prompt_tokens - each.cached_tokens for each in turns):,.0f}",
        _share_read_before(turns),
        fmean(min(1.0, each.cached_tokens / there) for each, there in stood) if before else "",
    ]


def _share_read_before(turns: Sequence[Usage]) -> float:
    return fmean(each.cached_tokens / each.prompt_tokens for each in turns if each.prompt_tokens)


def _read(models: Path) -> Iterator[Iterator[Usage]]:
    sys.path.insert(0, str(ROOT / "tests"))
    tiny = import_module("tiny_phi").TinyModels

    embedder = open_embedder(models=models)
    with TemporaryDirectory() as scratch, closing(open_store(Path(scratch) / "store", create=True)) as store:
        run([ROOT / "demo" / "support"], store, lambda: embedder, Silent())
        chat = ChatPhiOnnx(model=str(tiny(Path(scratch)).folder("counting")), max_tokens=40)
        with closing(chat):
            retriever = Retriever(store, embedder)
            asking = Assistant(retriever, ChatAnswerer(chat, retriever, citer=_kept))
            for questions in CONVERSATIONS:
                yield _turns(asking, questions)


def _turns(asking: Assistant, questions: tuple[str, ...]) -> Iterator[Usage]:
    history: list[Turn] = []
    for question in questions:
        answer = asking.ask(question, history)
        history += answer.turns
        sleep(PAUSE)
        yield answer.usage


def _kept(written: Written) -> Draft:
    """What was written, as if every word of it were right."""
    question = written.prompt.turns[-1]
    return Draft(written.text, (), usage=written.usage, turns=(question, Turn("assistant", written.text)))


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.conversations", description=__doc__)
    parser.add_argument("--models", type=Path, metavar="DIR", help="where the embedder is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
