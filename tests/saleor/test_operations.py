"""Our operations …

Every document we send must be valid for every Saleor we support. Reads the real schemas beside
the checkout (RETURNS_SHARED names another place); they are not part of the project.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from saleor_wechat_returns.saleor.client import document

SHARED = Path(os.environ.get("RETURNS_SHARED", Path(__file__).parents[3] / "shared"))
VERSIONS = ("3.21", "3.22", "3.23", "3.24a")
OPERATIONS = sorted(
    Path(entry.name).stem
    for entry in (files("saleor_wechat_returns") / "saleor" / "operations").iterdir()
    if entry.name.endswith(".graphql")
)


@cache
def _schema(version: str) -> GraphQLSchema:
    file = SHARED / "saleor" / f"schema-{version}.graphql"
    if not file.exists():
        pytest.skip(f"{file.name} is not beside the checkout: {version} was NOT shown to fit")
    return build_schema(file.read_text(encoding="utf-8"), assume_valid=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_fit_the_real_schema(operation: str, version: str) -> None:
    errors = validate(_schema(version), parse(document(operation)))

    assert errors == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_fit_the_slice_we_say_we_rely_on(operation: str) -> None:
    contract = files("saleor_wechat_returns") / "saleor" / "contract.graphql"
    schema = build_schema(contract.read_text(encoding="utf-8"))

    assert validate(schema, parse(document(operation))) == []


def test_are_named_like_their_file() -> None:
    for operation in OPERATIONS:
        (definition,) = parse(document(operation)).definitions
        assert definition.name.value == operation  # type: ignore[attr-defined]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_give_no_default_to_what_is_required(operation: str) -> None:
    """Saleor refuses the whole document: as measured on 3.23.28."""
    (definition,) = parse(document(operation)).definitions
    assert isinstance(definition, OperationDefinitionNode)
    variables = definition.variable_definitions

    assert not [it for it in variables if isinstance(it.type, NonNullTypeNode) and it.default_value]
