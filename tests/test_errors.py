"""Errors: one tree, drawn where the reader looks for it."""

from __future__ import annotations

import re

import pytest

from phi_assistant import errors
from phi_assistant.errors import MissingExtra, PhiAssistantError

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and value.__module__ == errors.__name__
}


def drawn() -> dict[str, str]:
    """Each name in the tree of the docstring with the one it hangs from."""
    above: list[str] = []
    parents = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ((?:[│ ]   )*)([├└]── )?(\w+)", line):
            depth = len(match[1]) // 4 + bool(match[2])
            above[depth:] = [match[3]]
            parents[match[3]] = above[depth - 1] if depth else ""
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    classes = {name: class_.__bases__[0].__name__ for name, class_ in CLASSES.items()}
    assert drawn() == classes | {"PhiAssistantError": ""}


def test_one_except_catches_all_of_them():
    assert all(issubclass(class_, PhiAssistantError) for class_ in CLASSES.values())


def test_a_missing_package_is_an_import_error_that_says_how_to_install_it():
    with pytest.raises(ImportError, match=r'pip install "phi-assistant\[embedded\]"'):
        raise MissingExtra("torch", extra="embedded", purpose="This test")
