"""The subgraph: our schema as Apollo Federation 2 wants it, with a door of our own.

`graphene-federation` writes the SDL. Its `_entities` would make an object of any type that a
representation names, from whatever fields it brings: here only orders come in.
Source: Apollo, "Federation subgraph specification", read 2026-11.
"""

from __future__ import annotations

from typing import Any

from graphene_federation import FederationVersion, build_schema
from graphql import GraphQLSchema
from graphql.utilities import value_from_ast_untyped

from ..domain.errors import ErrorCode, refuse
from ..usecases.texts import is_order_id
from .budget import MOST_ENTITIES
from .orders import Order

VERSION = FederationVersion.VERSION_2_3


def subgraph(query: Any, mutation: Any) -> Any:
    """The schema. Without `types=[Order]` the entity vanishes: nothing else leads to it."""
    schema = build_schema(query=query, mutation=mutation, types=[Order], federation_version=VERSION)
    built: GraphQLSchema = schema.graphql_schema
    fields = built.query_type.fields if built.query_type else {}
    fields["_entities"].resolve = _entities
    # The library's own reads no representation that is written into the document.
    built.type_map["_Any"].parse_literal = value_from_ast_untyped  # type: ignore[attr-defined]
    return schema


def _entities(_root: Any, _info: Any, representations: list[Any]) -> list[Order | None]:
    """An order for each, or null: nobody is asked whether it exists, its fields tell."""
    if len(representations) > MOST_ENTITIES:
        raise refuse(ErrorCode.TOO_MANY, "representations")
    return [_order(representation) for representation in representations]


def _order(representation: Any) -> Order | None:
    if not isinstance(representation, dict) or representation.get("__typename") != "Order":
        return None
    order_id = representation.get("id")
    return Order(id=order_id) if isinstance(order_id, str) and is_order_id(order_id) else None
