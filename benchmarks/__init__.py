"""Measurements: `python -m benchmarks.retrieval`, `python -m benchmarks.speed`; each prints its tables and
writes them into RESULTS.md. They read public data that lies beside the checkout, and are no tests."""
