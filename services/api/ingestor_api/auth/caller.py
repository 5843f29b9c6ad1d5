"""Who sent a request, as their token says."""

from dataclasses import dataclass
from enum import StrEnum

from ingestor_common.store.users import Role


class Scope(StrEnum):
    """What a caller may do: WRITE events and the catalog, READ reports."""

    WRITE = "WRITE"
    READ = "READ"


SCOPES_OF_ROLE: dict[Role, tuple[Scope, ...]] = {"writer": (Scope.WRITE,), "reader": (Scope.READ,)}


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified token's content. `expires_at`: Unix seconds. `token_generation`: the account's when the token was
    issued, None for tokens of an external issuer."""

    user_id: str
    scopes: frozenset[str]
    expires_at: float
    token_generation: int | None = None
