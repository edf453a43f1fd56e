"""A reader for each kind of file: bytes in, an `Extraction` out. `ingest.load` chooses among them."""
