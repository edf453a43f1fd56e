"""Fakes that a reader can compute in the head: for our tests and for those of people who build on us.

`WordLengthEmbeddings` embeds without a model, `FakeChat` says what it is told to, `ObeyingChat` what anybody in its
prompt tells it to, and `phi_assistant.fakes.ollama` is an Ollama server without one.
"""

from phi_assistant.fakes.chat import FakeChat
from phi_assistant.fakes.embeddings import WordLengthEmbeddings
from phi_assistant.fakes.obeying import ObeyingChat

__all__ = ["FakeChat", "ObeyingChat", "WordLengthEmbeddings"]
