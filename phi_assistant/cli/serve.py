"""`phi-assistant serve`: lets several commands and programs use a collection at the same time."""

from __future__ import annotations

from threading import Event

from phi_assistant.cli.options import Collection, Config, Data, settings


def serve(data: Data = None, collection: Collection = None, config: Config = None) -> None:
    """Share a set of documents between processes on this machine until Ctrl-C.

    While it runs, ingest, ask, chat and search work side by side on the same documents; without it, one of
    them waits for the other.
    """
    from phi_assistant.store import serving

    chosen = settings(config, data=data, collection=collection)
    if chosen.chroma:
        print(f"The Chroma server at {chosen.chroma} lets any process use the documents; nothing else has to run.")
        return
    with serving(chosen.collection_folder, wait=chosen.wait) as own:
        where = f"the documents of {chosen.collection!r} in {chosen.data}"
        if not own:
            print(f"Another process already shares {where}.")
            return
        print(f"Sharing {where}. End with Ctrl-C.", flush=True)
        Event().wait()
