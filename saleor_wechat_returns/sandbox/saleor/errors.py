"""The two ways Saleor says no: top-level errors with a class name, and `errors` in a payload."""

import dataclasses
from typing import Any


class TopLevelError(Exception):
    """Becomes an entry of the answer's `errors`, with the class name in `extensions`."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def permission_denied(*wanted: str) -> TopLevelError:
    """What Saleor answers when the caller holds none of `wanted`."""
    text = "You do not have permission to perform this action"
    if wanted:
        text = (
            f"To access this path, you need one of the following permissions: {', '.join(wanted)}"
        )
    return TopLevelError(text, "PermissionDenied")


def internal_server_error(class_name: str) -> TopLevelError:
    """An uncaught exception inside Saleor: the message is masked, the class name is not."""
    return TopLevelError("Internal Server Error", class_name)


@dataclasses.dataclass(frozen=True)
class Problem:
    """One entry of a mutation's `errors`."""

    field: str | None
    code: str
    message: str
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_payload(self) -> dict[str, Any]:
        return {"field": self.field, "code": self.code, "message": self.message, **self.extra}


class Refused(Exception):
    """Ends a mutation with these problems; all other payload fields become null."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.field}/{p.code}" for p in problems))
        self.problems = problems


def refuse(field_name: str | None, code: str, message: str, **extra: Any) -> Refused:
    """A refusal for one reason."""
    return Refused(Problem(field_name, code, message, extra))
