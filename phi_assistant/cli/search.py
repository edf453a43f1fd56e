"""`phi-assistant search`: what would be consulted for a question."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from phi_assistant.cli.batch import answer_all
from phi_assistant.cli.options import Batch, Collection, Config, Data, Json, Model, settings
from phi_assistant.schema import Hit


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
                lambda q: {
                    "hits": [as_dict(hit) for hit in retriever.retrieve(q.text, q.history, k=chosen.hits)]
                },
            )
            raise typer.Exit(0 if well else 1)
        hits = retriever.retrieve(question or "", k=chosen.hits)
    print(json.dumps([as_dict(hit) for hit in hits], ensure_ascii=False) if as_json else _listing(hits))


def as_dict(hit: Hit) -> dict[str, Any]:
    """A hit as programs get it, without the blanks after its last word."""
    chunk, text = hit.chunk, hit.chunk.text.rstrip()
    return {
        "source": chunk.source,
        "title": chunk.title,
        "label": chunk.label,
        "start": chunk.start,
        "end": chunk.start + len(text),
        "score": round(hit.score, 4),
        "text": text,
    }


def _listing(hits: list[Hit]) -> str:
    blocks = [
        f"{number}. {hit.chunk.title}{f', {hit.chunk.label}' if hit.chunk.label else ''}"
        f"  ({hit.chunk.source}, {hit.score:.2f})\n   " + " ".join(hit.chunk.text.split())[:300]
        for number, hit in enumerate(hits, 1)
    ]
    return "\n\n".join(blocks) or "Nothing was found."
