"""Chat models of a server that speaks OpenAI's API, such as vLLM, llama.cpp or LM Studio, on a machine of one's own.

server      where it is, and which models it has
chat        the chat model, over langchain-openai, which `[openai]` brings
connection  how a server is reached, and what is not sent to it
answer      an answer as it comes
failures    what goes wrong there, as our errors
"""
