"""spec.database and spec.auth: credentials of the store, and who may call the API."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from ingestor_common.network_addresses import WEB_ADDRESS, parse_web_address
from ingestor_operator.model.references import SecretKeyRef
from ingestor_operator.model.schema import Model, rules

Claim = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"[^ \t\r\n]")]

WebAddress = Annotated[
    str, Field(min_length=1, max_length=2048, pattern=WEB_ADDRESS), AfterValidator(parse_web_address)
]


class Database(Model):
    """The Postgres database."""

    secret_ref: SecretKeyRef
    """Secret key that holds the connection URL (CloudNativePG: CLUSTER-app, key uri)."""


def _is_checked(claim: str) -> str:
    return f"has(self.{claim}) || (has(self.uncheckedClaims) && self.uncheckedClaims.exists(c, c == '{claim}'))"


def _needs(claim: str) -> str:
    return (
        f"auth.jwksUrl needs auth.{claim}, else tokens that were made for other applications are taken too; where that"
        f" is wanted, name {claim} in auth.uncheckedClaims"
    )


class Auth(Model):
    """Who may call the API."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.jwtSecretRef) || has(self.jwksUrl)",
                "auth needs jwtSecretRef (tokens of the API's own) or jwksUrl (tokens of an external issuer)",
            ),
            *((f"!has(self.jwksUrl) || {_is_checked(claim)}", _needs(claim)) for claim in ("issuer", "audience")),
            ("!has(self.issuer) || has(self.jwksUrl)", "auth.issuer needs auth.jwksUrl"),
            ("!has(self.audience) || has(self.jwksUrl)", "auth.audience needs auth.jwksUrl"),
        )
    )

    jwt_secret_ref: SecretKeyRef | None = None
    """Secret key that holds the HS256 secret, at least 32 bytes."""
    jwks_url: WebAddress | None = None
    """Key set of an external issuer."""
    issuer: Claim | None = None
    """Issuer that external tokens must name."""
    audience: Claim | None = None
    """Audience that external tokens must name."""
    unchecked_claims: Annotated[list[Literal["issuer", "audience"]], Field(max_length=2)] = Field(default_factory=list)
    """What external tokens need not name; for an issuer whose tokens lack it."""
    signup: Literal["open", "closed"] = "closed"
    """Whether POST /api/auth/signup is open."""
