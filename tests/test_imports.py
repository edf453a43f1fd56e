"""Imports: what the front door offers, what it costs, and which way the arrows go."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import phi_assistant

ROOT = Path(__file__).parents[1]
HEAVY = {
    "chromadb",
    "onnxruntime",
    "torch",
    "langchain_core",
    "tantivy",
    "numpy",
    "pydantic",
    "sentence_transformers",
}


def test_every_public_name_is_that_of_its_home():
    assert phi_assistant.__all__ == sorted(phi_assistant._HOMES)
    for name, home in phi_assistant._HOMES.items():
        assert getattr(phi_assistant, name) is getattr(import_module(f"phi_assistant.{home}"), name)


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(phi_assistant.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: str(node.module).removeprefix("phi_assistant.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == phi_assistant._HOMES


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Assistent"):
        phi_assistant.Assistent  # noqa: B018


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, phi_assistant; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    ("part", "forbidden"), [("phi_assistant", {"ingest", "ui"}), ("ingest", {"ui"}), ("ui", {"app", "main"})]
)
def test_the_arrows_between_the_parts_go_one_way(part, forbidden):
    imports = {(str(file.relative_to(ROOT)), name) for file in (ROOT / part).rglob("*.py") for name in imported(file)}
    assert len(imports) > 50
    assert [pair for pair in sorted(imports) if pair[1] in forbidden] == []


def imported(file: Path) -> Iterator[str]:
    """The top-level packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]
