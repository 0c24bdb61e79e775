"""Documents, parsed and held against the schema once: the same few come again and again."""

from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    NonNullTypeNode,
    ValidationRule,
    VariableDefinitionNode,
    parse,
    print_ast,
    specified_rules,
    validate,
)

from .schema import schema_for

_MOST = 512


class NoDefaultOfARequiredVariable(ValidationRule):
    """Saleor's GraphQL library is older than the one here, which has given this rule up."""

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        if isinstance(node.type, NonNullTypeNode) and node.default_value:
            name, kind = node.variable.name.value, print_ast(node.type)
            message = (
                f'Variable "${name}" of type "{kind}" is required and will not use the default'
                f' value. Perhaps you meant to use type "{print_ast(node.type.type)}".'
            )
            self.report_error(GraphQLError(message, node.default_value))


_RULES = (*specified_rules, NoDefaultOfARequiredVariable)


@lru_cache(_MOST)
def read_document(query: str) -> DocumentNode:
    """Raises GraphQLError, or TypeError for what is no text."""
    return parse(query)


@lru_cache(_MOST)
def problems_of(query: str, schema_version: str) -> tuple[GraphQLError, ...]:
    """What does not fit the schema of that version of Saleor; the query can be read."""
    return tuple(validate(schema_for(schema_version), read_document(query), _RULES))
