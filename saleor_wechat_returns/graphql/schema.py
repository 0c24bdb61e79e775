"""The schema, put together."""

from __future__ import annotations

import graphene

from .mutations import ReturnMutations
from .queries import Query
from .sessions import SessionMutations


class Mutation(SessionMutations, ReturnMutations):
    pass


schema = graphene.Schema(query=Query, mutation=Mutation)
