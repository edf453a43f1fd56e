"""What is measured, side by side: each stack in a process of its own, one after the other, by turns who is first.

Machines are shared and noisy, so what counts is the median of the ratios within rounds, which both sides spend under
the same conditions. Every prompt is of fresh random words: nothing of it was read before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

from tokenizers import Tokenizer

from benchmarks.child import Child, Json
from benchmarks.onnx_loops import LOGITS, NEXT
from benchmarks.onnx_models import Chat, Shape, Words, ids, open_tokenizer, text
from benchmarks.pool import progress

OURS, ALL, DEFAULT, PEER = "ChatPhiOnnx", "bare loop, all cores", "bare loop, default threads", "transformers"
ALONE, APART, BATCH = "alone", "among three who began apart", "among three who began together"
_QUIET = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
_REST_S = 0.2
"""Between two stacks: threads that wait for work spin for a moment."""

Round = dict[str, Json]
"""By stack."""


@dataclass(frozen=True)
class Lengths:
    """How much is asked, in tokens, and how often."""

    prompt: int
    answer: int
    rounds: int
    document: int = 1500
    """The prompt that a follow-up comes after."""
    follow_up: int = 60
    newcomer: int = 256
    short: int = 20
    """Prompts of those who start together."""
    few: int = 3
    """Rounds of what takes long."""


class Stacks:
    """The processes, and the model that all of them hold."""

    def __init__(self, shape: Shape, cache: Path, *, peer: bool = True, options: Sequence[str] = ()) -> None:
        self._exit = ExitStack()
        folder = shape.folder(cache)
        self.tokenizer: Tokenizer = open_tokenizer(folder)
        loops = {ALL: "all", DEFAULT: "default"} | ({PEER: "transformers"} if peer else {})
        self._children = {
            name: self._started("benchmarks.onnx_loops", which, str(folder)) for name, which in loops.items()
        }
        self._children[OURS] = self._started("benchmarks.onnx_chat", str(folder), *options)
        self.how = LOGITS

    @property
    def names(self) -> list[str]:
        return list(self._children)

    def ask(self, stack: str, what: str, **arguments: Any) -> Any:
        time.sleep(_REST_S)
        return self._children[stack].ask(what, **arguments)

    def answer(self, stack: str, chat: Chat, most: int) -> Json:
        """Of any of them, to the same ids. Ours is given the text, and what it says is text."""
        if stack == OURS:
            return dict(self.ask(stack, "answer", chat=chat, most=most))
        how = {} if stack == PEER else {"how": self.how}
        return dict(self.ask(stack, "answer", ids=ids(self.tokenizer, chat), most=most, **how))

    def choose_loop(self, words: Words, lengths: Lengths) -> dict[str, float]:
        """The faster way to write a bare loop is what we are measured against; the tokens a second of both."""
        found: dict[str, list[float]] = {LOGITS: [], NEXT: []}
        for _ in range(lengths.few):
            prompt = ids(self.tokenizer, words.question(lengths.prompt))
            for how, rates in found.items():
                rates.append(rate(self.ask(ALL, "answer", ids=prompt, most=lengths.answer, how=how)))
        speeds = {how: median(rates) for how, rates in found.items()}
        self.how = max(speeds, key=lambda each: speeds[each])
        return speeds

    def check(self, ours: Json, loop: Json, chat: Chat) -> None:
        """Raises if not every token is the same, or not all of the prompt was read."""
        said = text(self.tokenizer, loop["tokens"][: ours["tokens"]]).strip()
        if ours["text"].strip() != said or ours["prompt"] != len(ids(self.tokenizer, chat)):
            raise AssertionError(f"It said {ours['text']!r}, which ended by {ours['finish']}; the loop said {said!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._exit.close()

    def _started(self, module: str, *arguments: str) -> Child:
        return self._exit.enter_context(Child(module, *arguments, environment=_QUIET))


def rounds(stacks: Stacks, words: Words, lengths: Lengths) -> list[Round]:
    """The same question to all in each; the first goes to nobody's account. Ours must say what the loop says."""
    done = []
    for number in range(lengths.rounds + 1):
        chat = words.question(lengths.prompt)
        first = number % len(stacks.names)
        order = stacks.names[first:] + stacks.names[:first]
        found = {stack: stacks.answer(stack, chat, lengths.answer) for stack in order}
        stacks.check(found[OURS], found[ALL], chat)
        done.append(found)
        progress(", ".join(f"{stack} {each['first_s']:.2f} s {rate(each):.1f}/s" for stack, each in found.items()))
    return done[1:]


def follow_ups(stacks: Stacks, words: Words, lengths: Lengths) -> list[Round]:
    """After an answer about a document: the follow-up as it is, and a conversation as long that nobody has read."""
    done = []
    for _ in range(lengths.few):
        first, question = words.question(lengths.document), words.text(lengths.follow_up)
        answered = stacks.answer(OURS, first, 16)
        chat: Chat = [*first, ("assistant", answered["text"]), ("user", question)]
        found = {OURS: stacks.answer(OURS, chat, 4)}
        fresh: Chat = [*words.question(lengths.document), ("assistant", answered["text"]), ("user", question)]
        found["fresh"] = stacks.answer(OURS, fresh, 4)
        if PEER in stacks.names:
            found |= _peer_follow_up(stacks, first, question)
        done.append(found)
        progress("follow-up: " + ", ".join(f"{name} {each['first_s']:.3f} s" for name, each in found.items()))
    return done


def _peer_follow_up(stacks: Stacks, first: Chat, question: str) -> Round:
    before = ids(stacks.tokenizer, first)
    cold = stacks.ask(PEER, "answer", ids=before, most=16)
    after = [*before, *cold["tokens"], *ids(stacks.tokenizer, [("user", question)])]
    return {PEER: stacks.ask(PEER, "answer", ids=after, most=4, follows=True), f"{PEER}, fresh": cold}


def newcomers(stacks: Stacks, words: Words, lengths: Lengths) -> list[Round]:
    """Alone, and while three others are being answered, who began apart from one another or together.

    Those who began apart have prompts as long as the newcomer's, so that each token costs what it costs alone.
    """
    done = []
    for _ in range(lengths.few):
        found = {ALONE: stacks.answer(OURS, words.question(lengths.newcomer), lengths.answer)}
        for name in (APART, BATCH):
            others = [words.question(lengths.newcomer if name == APART else lengths.short) for _ in range(3)]
            chat, most = words.question(lengths.newcomer), lengths.answer // 2
            found[name] = stacks.ask(OURS, "newcomer", others=others, chat=chat, most=most, apart=name == APART)
            stacks.check(found[name], stacks.answer(ALL, chat, most), chat)
        done.append(found)
        progress("newcomer: " + ", ".join(f"{name} {each['first_s']:.2f} s" for name, each in found.items()))
    return done


@dataclass(frozen=True)
class Begun:
    """Requests that started together: tokens a second of whole calls, by how many there were."""

    ours: dict[int, float]
    bare: dict[int, float]
    """Of the runtime alone: a loop for one, its Engine for several."""
    same: list[bool]
    """Of each answer, whether it is token by token the runtime's."""


def together(stacks: Stacks, words: Words, lengths: Lengths) -> list[Begun]:
    """One request, and two, three and four."""
    done = []
    for _ in range(lengths.rounds):
        begun = Begun({}, {}, [])
        for people in (1, 2, 3, 4):
            chats = [words.question(lengths.short) for _ in range(people)]
            prompts = [ids(stacks.tokenizer, chat) for chat in chats]
            ours = stacks.ask(OURS, "together", chats=chats, most=lengths.answer)
            bare = stacks.ask(ALL, "together", prompts=prompts, most=lengths.answer)
            said = [text(stacks.tokenizer, tokens) for tokens in bare["tokens"]]
            begun.same.extend(one == other for one, other in zip(ours["texts"], said, strict=True))
            begun.ours[people] = ours["tokens"] / ours["seconds"]
            begun.bare[people] = sum(map(len, bare["tokens"])) / bare["seconds"]
        done.append(begun)
        for name, speeds in ((OURS, begun.ours), (ALL, begun.bare)):
            progress(f"together, {name}: " + ", ".join(f"{people}: {each:.0f}/s" for people, each in speeds.items()))
    return done


def gaps(stacks: Stacks, words: Words, lengths: Lengths) -> Json:
    """The longest that others in the same process stood still while a long prompt was read, in seconds."""
    document = lengths.document
    found = [
        stacks.ask(OURS, "gaps", chat=words.question(document), again=words.question(document))
        for _ in range(lengths.few)
    ]
    loop = stacks.ask(ALL, "gap", ids=ids(stacks.tokenizer, words.question(document)))
    return {
        "thread": max(each["thread"] for each in found),
        "loop": max(each["loop"] for each in found),
        "bare": loop,
    }


def crossing(stacks: Stacks, words: Words) -> dict[str, float]:
    """The longest pause between two tokens of an answer that grows past 4,097, of us and of both ways of a loop."""
    chat, most = words.question(4050), 96
    ours = stacks.answer(OURS, chat, most)
    prompt = ids(stacks.tokenizer, chat)
    bare = {how: stacks.ask(ALL, "answer", ids=prompt, most=most, how=how) for how in (LOGITS, NEXT)}
    stacks.check(ours, bare[LOGITS], chat)
    return {OURS: ours["pause_s"]} | {how: each["pause_s"] for how, each in bare.items()}


def rate(answered: Json) -> float:
    """Tokens a second after the first."""
    count = answered["tokens"] if isinstance(answered["tokens"], int) else len(answered["tokens"])
    return float((count - 1) / answered["rest_s"])
