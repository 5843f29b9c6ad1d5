"""POST /api/auth/signup and /api/auth/login."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ingestor_api.dependencies import TheRuntime
from ingestor_api.errors import Problem
from ingestor_api.json_body import JsonRoute
from ingestor_api.text import Email, Name, storable
from ingestor_common.store.users import Role

router = APIRouter(prefix="/api/auth", tags=["auth"], route_class=JsonRoute)

Password = Annotated[str, Field(min_length=6, max_length=1024)]


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

    email: Annotated[str, Field(max_length=254), AfterValidator(storable)]
    password: Annotated[str, Field(max_length=1024)]


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
        raise Problem(403, "sign-up is closed here; ask the operator for an account", reason="forbidden")
    user = await runtime.accounts.sign_up(**body.model_dump(), address=_address(request))
    return SignupResponse(id=user.user_id, name=user.name, email=user.email, role=user.role)


@router.post(
    "/login",
    summary="Get a token for an email and password",
    responses={
        401: {"description": "The email or the password is wrong"},
        403: {"description": "Tokens come from another issuer"},
    },
)
async def login(body: LoginRequest, request: Request, runtime: TheRuntime) -> LoginResponse:
    if runtime.own_tokens is None:
        raise Problem(403, "tokens come from the external issuer here, not from this service", reason="forbidden")
    user = await runtime.accounts.log_in(**body.model_dump(), address=_address(request))
    issued = runtime.own_tokens.issue(user)
    return LoginResponse(token=issued.token, expires_at=issued.expires_at)


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
