"""`phi-assistant search`: what would be consulted for a question."""

from __future__ import annotations

import json
from textwrap import shorten
from typing import Annotated

import typer

from phi_assistant.cli.batch import answer_all
from phi_assistant.cli.options import Batch, Collection, Config, Data, Json, Model, settings
from phi_assistant.cli.show import hit_as_dict, place_of
from phi_assistant.schema import Hit

_SHOWN = 300
"""Characters of a hit that a person is shown."""


def search(
    question: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    k: Annotated[int | None, typer.Option("-k", help="How many hits.")] = None,
    batch: Batch = None,
    as_json: Json = False,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    config: Config = None,
) -> None:
    """Find passages; nothing is answered."""
    from phi_assistant.application import open_retriever

    if question is None and batch is None:
        raise typer.BadParameter("give a question, or --batch FILE")
    chosen = settings(config, data=data, collection=collection, model=model, hits=k)
    with open_retriever(chosen) as retriever:
        if batch is not None:
            well = answer_all(
                batch,
                lambda q: {"hits": [hit_as_dict(hit) for hit in retriever.retrieve(q.text, q.history, k=chosen.hits)]},
            )
            raise typer.Exit(0 if well else 1)
        hits = retriever.retrieve(question or "", k=chosen.hits)
    print(json.dumps([hit_as_dict(hit) for hit in hits], ensure_ascii=False) if as_json else _listing(hits))


def _listing(hits: list[Hit]) -> str:
    blocks = [
        f"{number}. {place_of(hit.chunk)}  {hit.score:.2f}\n   " + shorten(" ".join(hit.chunk.text.split()), _SHOWN)
        for number, hit in enumerate(hits, 1)
    ]
    return "\n\n".join(blocks)
