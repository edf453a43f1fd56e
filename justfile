# `just check`, `just test`, `just demo`: the same commands in CI. With `uv` or another runner, read them here.

python := ".venv/bin/python"

# A virtual environment with everything
setup:
    python3 -m venv .venv
    {{python}} -m pip install -q -c constraints.txt -e ".[embedded,ingest,ui,test]"

# Style and types
check:
    {{python}} -m ruff format --check .
    {{python}} -m ruff check .
    {{python}} -m mypy

# The tests: offline
test *ARGS:
    {{python}} -m pytest {{ARGS}}

# The tests that want a model that understands: its folder, such as one that `phi-assistant models pull` made
test-model FOLDER:
    PHI_ASSISTANT_TEST_MODEL={{FOLDER}} {{python}} -m pytest -m model

# Two invented document sets, six questions
demo:
    .venv/bin/phi-assistant demo

# The texts of the interface, collected for the catalogues in ui/locale
words:
    .venv/bin/pybabel -q extract -F ui/locale/babel.cfg -k N_ --no-location --omit-header --sort-output -o ui/locale/ui.pot ui
    for language in fil es de; do .venv/bin/pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete --omit-header -D ui -d ui/locale -l $language -i ui/locale/ui.pot; done

# The README's pictures, taken anew
pictures:
    PICTURES=docs/pictures {{python}} -m pytest tests/ui/test_journeys_pictures.py

# What RESULTS.md holds; the benchmarks read public data beside the checkout
bench:
    {{python}} -m pip install -q -c constraints.txt -e ".[bench]"
    {{python}} -m benchmarks.retrieval
    {{python}} -m benchmarks.speed
    {{python}} -m benchmarks.documents
    {{python}} -m benchmarks.scale
    {{python}} -m benchmarks.torture
    {{python}} -m benchmarks.onnx
    {{python}} -m benchmarks.onnx --full
