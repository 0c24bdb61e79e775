"""Builds the executable schema of one Saleor version from `schema.graphql`."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    print_ast,
)
from graphql.language import StringValueNode, ValueNode

from . import happenings, world
from .registry import snake_case

_ENTITY = re.compile(r"^(?P<head>type (?:App|User|Order) .*?) \{$", re.MULTILINE)
_DOORS = re.compile(
    r"^(?:scalar _Any|union _Entity.*|  _entities.*|  _service.*|type _Service \{\n.*\n\}\n)\n",
    re.MULTILINE,
)
_MARKED = re.compile(r"^(?P<text>.*?)  # (?P<bound>since|until) (?P<version>3\.\d+)$")


def source_for(version: str) -> str:
    """The SDL without what is newer or older than `version`: marked lines and whole types."""
    wanted = _comparable(version)
    lines: list[str] = []
    is_skipping_type = False
    for line in (Path(__file__).parent / "schema.graphql").read_text().splitlines():
        text, is_wanted = _judged(line, wanted)
        if is_skipping_type:
            is_skipping_type = line != "}"
        elif is_wanted:
            lines.append(text)
        else:
            is_skipping_type = text.endswith("{")
    sdl = "\n".join(lines)
    if wanted < (3, 23):
        # Earlier versions declare the list nullable, so a variable must be declared per version.
        sdl = sdl.replace("representations: [_Any!]!", "representations: [_Any]")
    return sdl


def federated_sdl(version: str) -> str:
    """What Saleor tells a gateway: entities marked by their key, without the gateway's doors.

    Like Saleor's own it links no specification, so it is of Apollo Federation 1.
    """
    sdl = _ENTITY.sub(r'\g<head> @key(fields: "id") {', source_for(version))
    return _DOORS.sub("", sdl)


def _judged(line: str, wanted: tuple[int, int]) -> tuple[str, bool]:
    marked = _MARKED.match(line)
    if not marked:
        return line, True
    bound = _comparable(marked["version"])
    return marked["text"], bound <= wanted if marked["bound"] == "since" else wanted <= bound


@cache
def schema_for(version: str) -> GraphQLSchema:
    schema = build_schema(source_for(version))
    _set_scalars(schema)
    for type_name, type_ in schema.type_map.items():
        if type_name.startswith("__"):
            continue  # introspection types are shared by all schemas of the process
        if isinstance(type_, GraphQLObjectType):
            for field in type_.fields.values():
                for name, argument in field.args.items():
                    argument.out_name = snake_case(name)
        elif isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                input_field.out_name = snake_case(name)
    return schema


def type_name_of(value: Any, _info: GraphQLResolveInfo, _type: GraphQLAbstractType) -> str:
    """The GraphQL type of an object behind an interface or union."""
    if isinstance(value, happenings.Happening):
        return value.graphql_type
    return _GRAPHQL_NAMES.get(type(value), type(value).__name__)


_GRAPHQL_NAMES: dict[type, str] = {
    world.Transaction: "TransactionItem",
    world.GrantedRefund: "OrderGrantedRefund",
}


def _comparable(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _set_scalars(schema: GraphQLSchema) -> None:
    scalars: dict[str, Any] = schema.type_map
    scalars["DateTime"].serialize = datetime.isoformat
    scalars["DateTime"].parse_value = datetime.fromisoformat
    scalars["Decimal"].parse_value = _parse_decimal
    scalars["Decimal"].parse_literal = _parse_decimal_literal
    scalars["PositiveDecimal"].serialize = float
    scalars["PositiveDecimal"].parse_value = _parse_positive
    scalars["PositiveDecimal"].parse_literal = _parse_positive_literal


def _parse_decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a decimal") from None


def _parse_positive(value: Any) -> Decimal:
    number = _parse_decimal(value)
    if number < 0:
        raise ValueError("Value cannot be lower than 0.")
    return number


def _literal_text(node: ValueNode) -> str:
    return node.value if isinstance(node, StringValueNode) else print_ast(node)


def _parse_decimal_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> Decimal:
    return _parse_decimal(_literal_text(node))


def _parse_positive_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> Decimal:
    return _parse_positive(_literal_text(node))
