"""The schema, put together."""

from __future__ import annotations

from .evidence_mutations import EvidenceMutations
from .federation import subgraph
from .mutations import ReturnMutations
from .queries import Query
from .sessions import SessionMutations


class Mutation(SessionMutations, ReturnMutations, EvidenceMutations):
    pass


schema = subgraph(Query, Mutation)
