"""What was done, and yet deserves a look: never a refusal."""

from __future__ import annotations

from typing import Any

import graphene

from ..domain.warnings import WARNING_LABELS, Warned
from . import enums
from .label import label_field

ReturnWarningCode = graphene.Enum.from_enum(Warned, name="ReturnWarningCode")


class ReturnWarning(graphene.ObjectType):
    """Something to look at again."""

    code = graphene.Field(ReturnWarningCode, required=True)
    label = label_field("In words.")

    @staticmethod
    def resolve_code(warned: Warned, _info: Any) -> Warned:
        return warned

    @staticmethod
    def resolve_label(warned: Warned, _info: Any, language_code: Any) -> str:
        return enums.label(WARNING_LABELS, warned, language_code)
