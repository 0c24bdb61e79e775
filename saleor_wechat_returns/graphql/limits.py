"""How large a question may be, measured before any rule whose work grows faster than the question.

graphene's own depth limit is not used: it never ends on fragments in a circle, and needs 2 ** n
steps for n fragments that each spread the next one twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

LARGEST_DOCUMENT = 64 * 1024
MOST_TOKENS = LARGEST_DOCUMENT // 8
MOST_FIELDS = 500
DEEPEST = 12
# Each may cost a call to Saleor and a lock, and one request has a few seconds.
MOST_AT_THE_TOP = 10


def fault_of_size(document: DocumentNode) -> str | None:
    """Why the document is too large to be answered, in words for a developer, or None."""
    if sum(_written(definition) for definition in document.definitions) > MOST_FIELDS:
        return f"More than {MOST_FIELDS} fields."
    ruler = _Ruler(document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            size = ruler.measure(operation.selection_set)
            if size.fields > MOST_FIELDS:
                return f"More than {MOST_FIELDS} fields."
            if size.depth > DEEPEST:
                return f"Deeper than {DEEPEST} levels."
            if size.top > MOST_AT_THE_TOP:
                return f"More than {MOST_AT_THE_TOP} fields at the top."
    return None


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a selection as it will be answered: every fragment counted wherever it is spread."""

    top: int = 0
    fields: int = 0
    depth: int = 0


class _Ruler:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, _Size] = {}

    def measure(self, selected: SelectionSetNode | None) -> _Size:
        top = fields = depth = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                inner = self.measure(node.selection_set)
                # How deep the schema is read is a rule of graphql-core's.
                below = 0 if node.name.value.startswith("__") else inner.depth
                inner = _Size(top=1, fields=1 + inner.fields, depth=1 + below)
            elif isinstance(node, FragmentSpreadNode):
                inner = self._measure_fragment(node.name.value)
            else:
                inner = self.measure(getattr(node, "selection_set", None))
            top += inner.top
            fields += inner.fields
            depth = max(depth, inner.depth)
        return _Size(top, fields, depth)

    def _measure_fragment(self, name: str) -> _Size:
        if name not in self._known:
            # Circles and unknown names count for nothing here: validation refuses them.
            self._known[name] = _Size()
            if name in self._fragments:
                self._known[name] = self.measure(self._fragments[name].selection_set)
        return self._known[name]


def _written(node: Node) -> int:
    """Selections as they stand in the document, in fragments that nobody uses as well."""
    selected: SelectionSetNode | None = getattr(node, "selection_set", None)
    return sum(1 + _written(inner) for inner in selected.selections) if selected else 0
