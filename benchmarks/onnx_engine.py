"""Several answers at once with the runtime alone: its Engine, as bare as can be."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from benchmarks.child import Json
from benchmarks.onnx_models import ENDS


def together(model: Any, prompts: Sequence[Sequence[int]], most: int) -> Json:
    """All of them in one batch, from nothing to the last token of the last."""
    import onnxruntime_genai as og

    began = perf_counter()
    engine = og.Engine(model)
    events = engine.create_event_buffer(4 * len(prompts))
    requests = [_request(engine, prompt, most) for prompt in prompts]
    tokens: dict[Any, list[int]] = {request: [] for request in requests}
    running = len(requests)
    while running:
        engine.run(events)
        for at in range(len(events)):
            event = events[at]
            flags = int(event.flags)
            if flags & int(og.EngineEventFlags.TOKEN) and event.token not in ENDS:
                tokens[event.request].append(event.token)
            running -= bool(flags & int(og.EngineEventFlags.TURN_FINISHED))
    seconds = perf_counter() - began
    for request in requests:
        request.close()
    return {"seconds": seconds, "tokens": [tokens[request] for request in requests]}


def _request(engine: Any, prompt: Sequence[int], most: int) -> Any:
    import onnxruntime_genai as og

    options = og.RequestOptions()
    options.set_max_session_tokens(len(prompt) + most)
    request = engine.create_request(options=options)
    turn = og.TurnOptions(request)
    turn.set_max_generated_tokens(most)
    turn.set_do_sample(False)
    request.begin_turn(list(prompt), turn)
    return request
