"""The generative answerer: any LangChain chat model, held to the passages it was shown.

A chain of `parts`: passages are packed, the prompt is written, the model writes, and what it wrote is checked. If
nothing is left that stands on a passage, the documents do not say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phi_assistant.answering import Answerer, Draft
from phi_assistant.citing import Citer, Written
from phi_assistant.finding import Found
from phi_assistant.parts import Chat, check, pack, part, prompt, write
from phi_assistant.prompts import Packed, Prompt, Prompter
from phi_assistant.reading import Reading
from phi_assistant.schema import Turn

if TYPE_CHECKING:
    from phi_assistant.retrieval import Retriever


class ChatAnswerer(Answerer):
    """Answers with a chat model.

    >>> ChatAnswerer(ChatPhiOnnx(model="phi-3.5-mini"), retriever)
    >>> ChatAnswerer(chat, retriever, prompter=Prompter(system="You are a pirate.\\n\\n" + RULES))
    >>> ChatAnswerer(chat, retriever, packer=lambda found: Packed(found, (), (), (), 0))
    """

    def __init__(
        self,
        chat: Chat,
        retriever: Retriever,
        *,
        model: str = "",
        passages: int = 1024,
        packer: Callable[[Found], Packed] | None = None,
        prompter: Callable[[Packed], Prompt] | None = None,
        citer: Callable[[Written], Draft] | None = None,
        strict: bool = False,
    ) -> None:
        """Each part may be a function or a Runnable; without one it is that of `parts`.

        `model` is what answers name as their writer, `passages` how many tokens of them go with a question, and
        `strict` removes what no passage supports, instead of naming it.
        """
        self.chat, self.model = chat, model or _name_of(chat)
        self.prompter: Callable[[Packed], Prompt] = prompter or Prompter()
        self.citer = citer or Citer(retriever.embedder, retriever.store.analyzer, strict=strict)
        self._retriever, self._passages, self._packer = retriever, passages, packer
        told = self.prompter if isinstance(self.prompter, Prompter) else None
        packing = packer or pack(retriever, chat, passages=passages, prompter=told)
        self._prompting = part(packing, "pack") | prompt(self.prompter)
        self._chain = self._prompting | write(chat) | check(self.citer)

    def told(
        self, prompter: Callable[[Packed], Prompt], *, citer: Callable[[Written], Draft] | None = None
    ) -> ChatAnswerer:
        """The same with other prompts, and with another citer if there is one."""
        return ChatAnswerer(
            self.chat,
            self._retriever,
            model=self.model,
            passages=self._passages,
            packer=self._packer,
            prompter=prompter,
            citer=citer or self.citer,
        )

    def prompt(self, reading: Reading, history: Sequence[Turn] = ()) -> Prompt:
        """What the model will read."""
        return self._prompting.invoke(Found(reading, tuple(history)))

    def stream(self, reading: Reading, history: Sequence[Turn] = ()) -> Iterator[str | Draft]:
        """Text as the model writes it, then the draft; leaving it stops the model."""
        for each in self._chain.stream(Found(reading, tuple(history))):
            yield _written(each)

    async def astream(self, reading: Reading, history: Sequence[Turn] = ()) -> AsyncIterator[str | Draft]:
        """As `stream`, in an event loop."""
        async for each in self._chain.astream(Found(reading, tuple(history))):
            yield _written(each)


def _written(each: Mapping[str, Any]) -> str | Draft:
    written: str | Draft = each["draft"] if "draft" in each else each["text"]
    return written


def _name_of(chat: Chat) -> str:
    """What it was made with, or what it is."""
    named = getattr(chat, "model", None) or getattr(chat, "model_name", None)
    return named if isinstance(named, str) else type(chat).__name__
