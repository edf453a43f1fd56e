"""`phi-assistant ask`: one question, or a batch of them."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from phi_assistant.cli.batch import answer_all
from phi_assistant.cli.options import Batch, BotName, Collection, Config, Data, Json, Model, assistant, bot_and_settings


def ask(
    question: Annotated[str | None, typer.Argument(help="What you want to know.")] = None,
    batch: Batch = None,
    as_json: Json = False,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    bot: BotName = None,
    config: Config = None,
) -> None:
    """Answer from the documents, with sources; or say that they do not say."""
    from phi_assistant.cli.show import answer_as_dict, print_answer, who_answers

    if question is None and batch is None:
        raise typer.BadParameter("give a question, or --batch FILE")
    who, chosen = bot_and_settings(bot, config, data=data, collection=collection, model=model)
    with assistant(chosen, who) as asked:
        if batch is not None:
            well = answer_all(batch, lambda each: answer_as_dict(asked.ask(each.text, each.history)))
            raise typer.Exit(0 if well else 1)
        answer = asked.ask(question or "")
    if as_json:
        print(json.dumps({"id": None, **answer_as_dict(answer)}, ensure_ascii=False))
    else:
        from rich.console import Console

        console = Console(highlight=False, soft_wrap=True)
        print_answer(answer, console)
        console.print(f"  {who_answers(answer.model)}", style="dim", markup=False)
