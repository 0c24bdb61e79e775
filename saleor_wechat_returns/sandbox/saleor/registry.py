"""Where resolvers and mutations announce themselves, and the default way to read a field."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLResolveInfo

from .call import Call
from .errors import Refused

Resolver = Callable[..., Any]

RESOLVERS: dict[tuple[str, str], Resolver] = {}


def field(type_name: str, *names: str) -> Callable[[Resolver], Resolver]:
    """Register `function(source, call, **arguments)` for one or more fields of a type."""

    def register(function: Resolver) -> Resolver:
        for name in names:
            RESOLVERS[type_name, name] = function
        return function

    return register


def mutation(name: str, *permissions: str) -> Callable[[Resolver], Resolver]:
    """Register `function(call, **arguments) -> payload`; callers need one of `permissions`.

    A Refused becomes the payload's `errors`, with every other field null.
    """

    def register(function: Resolver) -> Resolver:
        def run(_source: Any, call: Call, **arguments: Any) -> Mapping[str, Any]:
            if permissions:
                call.principal.require(*permissions)
            try:
                return {"errors": [], **function(call, **arguments)}
            except Refused as refused:
                return {"errors": [problem.as_payload() for problem in refused.problems]}

        RESOLVERS["Mutation", name] = run
        return function

    return register


def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Resolve any field: a registered resolver, a payload key, or the attribute in snake case."""
    call: Call = info.context
    root_types = (info.schema.query_type, info.schema.mutation_type)
    if call.principal.failure and info.parent_type in root_types:
        raise call.principal.failure
    resolver = RESOLVERS.get((info.parent_type.name, info.field_name))
    if resolver:
        return resolver(source, call, **arguments)
    if isinstance(source, Mapping):
        return source.get(info.field_name)
    return getattr(source, snake_case(info.field_name))


def snake_case(name: str) -> str:
    """`streetAddress1` -> `street_address1`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
