"""Models of a test server that do what those of `tiny_phi` do, under the same names."""

from __future__ import annotations

from itertools import chain, count, cycle

from tiny_phi import ANSWER, EMOJI, LISTING

from phi_assistant.fakes.ollama import FakeModel


def numbers(asked):
    """Counts to 400 and begins again, without end."""
    return (f"{' ' if number else ''}{number % 400 + 1}" for number in count())


def circles(asked):
    """Runs in circles."""
    return chain(["Again", " and"], cycle([" again", " and"]))


MODELS = (
    FakeModel("answer", says=ANSWER),
    FakeModel("emoji", says=EMOJI),
    FakeModel("listing", says=LISTING),
    FakeModel("counting", says=numbers),
    FakeModel("slow", says=numbers, token_s=0.002),
    FakeModel("loop", says=circles),
    FakeModel("closing", says=ANSWER),
)
