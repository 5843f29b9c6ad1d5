"""POST /api/auth/signup and /api/auth/login."""

import functools
from datetime import datetime
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ingestor_api.dependencies import TheRuntime
from ingestor_api.errors import Problem
from ingestor_api.json_body import JsonRoute
from ingestor_api.text import Name, storable
from ingestor_common import addresses, passwords
from ingestor_common.store.users import Role

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/api/auth", tags=["auth"], route_class=JsonRoute)

_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=addresses.LONGEST)]
Email = Annotated[_Text, AfterValidator(addresses.parse_internet), Field(json_schema_extra={"format": "email"})]
Password = Annotated[str, Field(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]


class SignupRequest(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Ada", "email": "ada@school.example", "password": "correct horse", "role": "writer"}]
        }
    )

    name: Name
    email: Email
    password: Password
    role: Role


class SignupResponse(BaseModel):
    id: str
    name: str
    email: str
    role: Role


class LoginRequest(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "writer.test@example.com", "password": "test123"}]}
    )

    email: Annotated[_Text, AfterValidator(storable)]
    password: Annotated[str, Field(max_length=passwords.LONGEST)]


class LoginResponse(BaseModel):
    token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the scheme's name
    expires_at: datetime


@router.post(
    "/signup",
    status_code=201,
    summary="Make an account, where sign-up is open",
    responses={
        403: {"description": "Sign-up is closed"},
        409: {"description": "There is an account with this email"},
    },
)
async def signup(body: SignupRequest, request: Request, runtime: TheRuntime) -> SignupResponse:
    if runtime.settings.auth_signup == "closed":
        raise Problem(403, "sign-up is closed here; ask whoever runs this service for an account", reason="forbidden")
    user = await runtime.accounts.sign_up(**body.model_dump(), host=_host(request))
    return SignupResponse(id=user.user_id, name=user.name, email=user.email, role=user.role)


@router.post(
    "/login",
    summary="Get a token for an email and password",
    description="Too many wrong passwords are answered 429, for the account and the client's address. A client that "
    "sends its earlier token of the account with the request, expired or not, is told apart from those who guess.",
    responses={
        401: {"description": "The email or the password is wrong"},
        403: {"description": "Tokens come from another issuer"},
    },
)
async def login(body: LoginRequest, request: Request, runtime: TheRuntime) -> LoginResponse:
    if runtime.own_tokens is None:
        raise Problem(403, "tokens come from another issuer here; get one there", reason="forbidden")
    if "x-forwarded-for" in request.headers and not runtime.settings.forwarded_allow_ips:
        _warn_of_proxy()
    authorization = request.headers.get("authorization", "").encode("latin-1")
    holder = runtime.verifier.holder(authorization)
    user = await runtime.accounts.log_in(**body.model_dump(), host=_host(request), holder=holder)
    issued = runtime.own_tokens.issue(user)
    return LoginResponse(token=issued.token, expires_at=issued.expires_at)


def _host(request: Request) -> str:
    return request.client.host if request.client is not None else ""


@functools.cache
def _warn_of_proxy() -> None:
    """Once is enough."""
    log.warning(
        "requests come by a proxy that FORWARDED_ALLOW_IPS does not name; logins are throttled for all its clients "
        "together"
    )
