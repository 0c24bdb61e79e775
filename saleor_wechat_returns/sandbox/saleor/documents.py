"""Documents, parsed and held against the schema once: the same few come again and again."""

from functools import lru_cache

from graphql import DocumentNode, GraphQLError, parse, validate

from .schema import schema_for

_MOST = 512


@lru_cache(_MOST)
def read_document(query: str) -> DocumentNode:
    """Raises GraphQLError, or TypeError for what is no text."""
    return parse(query)


@lru_cache(_MOST)
def problems_of(query: str, schema_version: str) -> tuple[GraphQLError, ...]:
    """What does not fit the schema of that version of Saleor; the query can be read."""
    return tuple(validate(schema_for(schema_version), read_document(query)))
