"""How large a question may be: 64 KB, depth 12, 500 fields, fragments counted where they stand."""

from __future__ import annotations

from typing import Any

from graphene.validation import depth_limit_validator
from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

LARGEST_DOCUMENT = 64 * 1024
DEEPEST = 12
MOST_FIELDS = 500


class FieldLimit(ASTValidationRule):
    """Counts what would be answered, so that fragments of fragments gain nothing."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        fragments = {
            d.name.value: d
            for d in self.context.document.definitions
            if isinstance(d, FragmentDefinitionNode)
        }
        if _count(node.selection_set, fragments, {}, frozenset()) > MOST_FIELDS:
            self.report_error(GraphQLError(f"More than {MOST_FIELDS} fields.", [node]))


def _count(
    selections: SelectionSetNode | None,
    fragments: dict[str, FragmentDefinitionNode],
    known: dict[str, int],
    inside: frozenset[str],
) -> int:
    total = 0
    for node in selections.selections if selections else ():
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in inside or name not in fragments:
                continue  # a circle or an unknown name: other rules refuse it
            if name not in known:
                inner = fragments[name].selection_set
                known[name] = _count(inner, fragments, known, inside | {name})
            total += known[name]
        else:
            total += isinstance(node, FieldNode)
            total += _count(getattr(node, "selection_set", None), fragments, known, inside)
    return total


RULES = (depth_limit_validator(DEEPEST), FieldLimit)
