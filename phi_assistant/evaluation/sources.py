"""Documents as people name them, found among those of a collection.

"returns.md" for "help/returns.md": a name is enough where only one document ends with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches
from pathlib import PurePosixPath

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.questions import Question, QuestionSet


def matched(chosen: QuestionSet, sources: Collection[str]) -> QuestionSet:
    """The set with the sources it names as the collection knows them.

    Raises `ConfigError` for a name that no document has, or several: what can never be found would count as missed.
    """
    return replace(chosen, questions=tuple(_matched(question, sources) for question in chosen.questions))


def _matched(question: Question, sources: Collection[str]) -> Question:
    return replace(question, relevant=frozenset(_source(name, question.id, sources) for name in question.relevant))


def _source(name: str, question: str, sources: Collection[str]) -> str:
    if name in sources:
        return name
    wanted = name.replace("\\", "/").removeprefix("./").casefold()
    found = [each for each in sources if each.casefold() == wanted or each.casefold().endswith(f"/{wanted}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            f"Question {question!r} names the source {name!r}, which is any of {', '.join(sorted(found))}. "
            "Write more of its path."
        )
    raise ConfigError(
        f"Question {question!r} names the source {name!r}, and the collection holds none. {_near(name, sources)}"
    )


def _near(name: str, sources: Collection[str]) -> str:
    named = {each: each for each in sources} | {PurePosixPath(each).name: each for each in sources}
    near = get_close_matches(name, named, n=1, cutoff=0.5)
    hint = f"Did you mean {named[near[0]]!r}? If not, ingest" if near else "Ingest"
    return f"{hint} it: `phi-assistant ingest FOLDER`."
