"""What an answer is to look like, however it is written down, and what is said when it cannot be kept to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest
from pydantic import BaseModel, Field, SecretStr
from pydantic.v1 import BaseModel as OldModel

from phi_assistant.errors import ConfigError
from phi_assistant.models.guided.grammar import check_schema, json_grammar
from phi_assistant.models.guided.schema import brief, schema_of, schema_of_format


class Leaf(BaseModel):
    kind: Literal["leaf"]
    file: Path


class Branch(BaseModel):
    kind: Literal["branch"]
    parts: list[Annotated[Leaf | Branch, Field(discriminator="kind")]] = Field(max_length=3)
    labels: set[str] = Field(default_factory=set)
    secret: SecretStr | None = None


class Person(TypedDict):
    """Someone."""

    name: Annotated[str, ..., "the full name"]
    age: int


class OldJoke(OldModel):
    setup: str


def test_a_pydantic_class_with_unions_that_contains_itself_can_be_kept_to() -> None:
    json_grammar(schema_of(Branch))


def test_every_way_of_writing_a_schema_gives_the_same_kind() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    closed = {"additionalProperties": False, **schema}
    assert schema_of(schema) == closed
    assert schema_of({"name": "person", "description": "Someone.", "parameters": schema}) == closed
    assert schema_of({"type": "function", "function": {"name": "person", "parameters": schema}}) == closed
    assert schema_of_format({"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}) == closed
    assert schema_of_format({"type": "json_object"}) == {"type": "object"}
    assert set(schema_of(Person)["properties"]) == {"name", "age"}
    assert schema_of(OldJoke)["required"] == ["setup"]


def test_objects_are_closed_but_for_those_that_others_are_combined_with() -> None:
    schema = schema_of(
        {
            "allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"more": {"properties": {"x": {}}}}}],
            "$defs": {"Base": {"properties": {"b": {}}}, "Alone": {"properties": {"a": {}}}},
        }
    )
    assert "additionalProperties" not in schema["$defs"]["Base"]
    assert schema["$defs"]["Alone"]["additionalProperties"] is False
    assert "additionalProperties" not in schema["allOf"][1]
    assert schema["allOf"][1]["properties"]["more"]["additionalProperties"] is False


def test_objects_stay_open_where_that_is_wanted() -> None:
    said = {"type": "object", "properties": {}, "additionalProperties": True}
    assert schema_of(said)["additionalProperties"] is True
    assert "additionalProperties" not in schema_of({"type": "object", "properties": {}}, strict=False)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"properties": {"a": {"not": {"type": "string"}}}}, r'#/properties/a is not supported \(.*"not"'),
        ({"properties": {"a": {"items": {"pattern": "(?=x)"}, "type": "array"}}}, "#/properties/a/items .*look-around"),
        (
            {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"b": {"uniqueItems": True}}}}},
            "#/[$]defs/A/properties/b",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "string", "format": "regex"}]}, "#/anyOf/1 .*regex"),
        ({"type": "object", "minProperties": 3}, "# .*minProperties"),
        ({"enum": []}, "# .*Unsatisfiable"),
    ],
)
def test_what_cannot_be_kept_to_is_said_with_the_place_and_the_reason(schema: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check_schema(schema)


def test_a_schema_of_which_no_json_ever_ends_is_refused() -> None:
    endless = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    with pytest.raises(ConfigError, match="no JSON of it ever ends"):
        check_schema(endless)


def test_a_form_of_hundreds_of_fields_is_kept_to() -> None:
    fields = {f"a_rather_long_name_of_a_field_{at}": {"type": "string"} for at in range(250)}
    check_schema({"type": "object", "properties": fields, "required": list(fields)})


@pytest.mark.parametrize("wanted", [3, "a person", len, {"type": "grammar"}])
def test_what_is_no_schema_is_refused(wanted: Any) -> None:
    with pytest.raises(ConfigError):
        schema_of_format(wanted) if isinstance(wanted, dict) else schema_of(wanted)


def test_a_model_reads_the_schema_without_what_says_nothing() -> None:
    schema = {"title": "T", "type": "object", "properties": {"title": {"title": "Title", "type": "string"}}}
    assert brief(schema_of(schema)) == {"type": "object", "properties": {"title": {"type": "string"}}}
