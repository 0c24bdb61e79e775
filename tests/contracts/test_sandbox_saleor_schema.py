"""The sandbox invents nothing: its schema is a part of the real ones, and so are recorded calls."""

import json
import re
from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    introspection_from_schema,
    parse,
    validate,
)

from saleor_wechat_returns.sandbox.saleor import SaleorSandbox
from saleor_wechat_returns.sandbox.saleor.schema import schema_for
from tests.contracts import recordings

VERSIONS = ("3.21", "3.22", "3.23")
# Built into every GraphQL server, or added by federation, which the plain SDL leaves out.
NOT_IN_SDL = {"_Any", "_Entity"}


@cache
def real_schema(version: str) -> GraphQLSchema:
    path = recordings.require(
        recordings.shared_saleor() / f"schema-{version}.graphql",
        f"the sandbox's schema is a part of Saleor {version}",
    )
    return build_schema(path.read_text(), assume_valid=True, no_location=True)


def foreign_parts(own: GraphQLNamedType, real: GraphQLNamedType | None) -> list[str]:
    """What a type of the sandbox has that the real one has not, or has otherwise."""
    if real is None or type(own) is not type(real):
        return [f"{own.name}: {type(real).__name__} in the real schema"]
    if isinstance(own, GraphQLEnumType) and isinstance(real, GraphQLEnumType):
        return [f"{own.name}.{value}" for value in own.values if value not in real.values]
    if isinstance(own, GraphQLUnionType) and isinstance(real, GraphQLUnionType):
        known = {member.name for member in real.types}
        return [f"{own.name} = {member.name}" for member in own.types if member.name not in known]
    if isinstance(own, GraphQLInputObjectType | GraphQLObjectType | GraphQLInterfaceType):
        return _foreign_fields(own.name, own.fields, getattr(real, "fields", {}))
    return []


def _foreign_fields(name: str, own: dict[str, Any], real: dict[str, Any]) -> list[str]:
    found = []
    for field_name, field in own.items():
        known = real.get(field_name)
        if known is None or str(known.type) != str(field.type):
            found.append(f"{name}.{field_name}: {field.type}, really {known and known.type}")
            continue
        known_arguments = getattr(known, "args", {})
        for argument_name, argument in getattr(field, "args", {}).items():
            known_argument = known_arguments.get(argument_name)
            if known_argument is None or str(known_argument.type) != str(argument.type):
                found.append(f"{name}.{field_name}({argument_name}: {argument.type})")
        required = {n for n, a in known_arguments.items() if str(a.type).endswith("!")}
        found += [
            f"{name}.{field_name} lacks {n}" for n in required - set(getattr(field, "args", {}))
        ]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_part_of_the_schema_exists_in_the_real_one(version: str) -> None:
    real = real_schema(version)
    own = schema_for(version)

    found = [
        part
        for name, type_ in own.type_map.items()
        if not name.startswith("__") and name not in NOT_IN_SDL
        for part in foreign_parts(type_, real.type_map.get(name))
        if part != "Query._entities: [_Entity], really None"
    ]

    assert found == []


def test_the_federation_fields_are_those_of_the_running_server() -> None:
    path = recordings.require(
        recordings.shared_saleor() / "schema-3.23.federation.graphql",
        "_entities of the sandbox has the type it has in Saleor 3.23",
    )
    text = path.read_text()

    entities = schema_for("3.23").query_type.fields["_entities"]  # type: ignore[union-attr]

    assert str(entities.args["representations"].type) == "[_Any!]!"
    assert "directive @key" in text or "@key(fields" in text


def test_every_recorded_call_fits_the_real_schema() -> None:
    """So a replay shows something about Saleor, and not about a query of our own."""
    real = real_schema("3.23")

    misfits = {
        name: [problem.message for problem in validate(real, parse(query))]
        for name in recordings.names()
        if (query := _query(name)) and "_entities" not in query and "_service" not in query
    }

    assert {name: problems for name, problems in misfits.items() if problems} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_building_the_schema_leaves_introspection_alone(version: str) -> None:
    """Introspection types belong to the process: breaking them breaks our own API beside it."""
    schema_for(version)

    described = introspection_from_schema(build_schema("type Query { a: Int }"))

    assert described["__schema"]["queryType"]["name"] == "Query"


def _query(name: str) -> str | None:
    number = name.split("-")[0].rstrip("abcde")
    if not number.isdigit() or int(number) not in (*range(10, 241), 330, 331, 340):
        return None
    body = recordings.load(name).body
    return body.get("query") if isinstance(body, dict) else None


def test_a_gateway_hears_of_entities_as_from_the_real_one() -> None:
    real = recordings.require(
        recordings.shared_saleor() / "schema-3.23.federation.graphql",
        "the sandbox tells a gateway of the same entities as Saleor 3.23",
    ).read_text()
    shop = SaleorSandbox("https://shop.example/graphql/")

    _, content = shop.answer(None, b'{"query": "{ _service { sdl } }"}')

    sdl = json.loads(content)["data"]["_service"]["sdl"]
    entities = re.findall(r"^type (\w+) .*@key\(fields: \"(\w+)\"\)", sdl, flags=re.MULTILINE)
    assert entities == [("Order", "id"), ("User", "id"), ("App", "id")]
    for name, key in entities:
        assert re.search(rf'^type {name} .*@key\(fields: "{key}"\)', real, flags=re.MULTILINE)
    assert "_entities" not in sdl
    assert "_Any" not in sdl
