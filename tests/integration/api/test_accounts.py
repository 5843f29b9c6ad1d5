"""Signing up, logging in, and what the token then allows."""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from integration.api.conftest import ApiFactory
from integration.api.sending import Fields, new_event
from services import SECRET, Api, running_api, status_of, token

from ingestor_api.auth.throttle import PER_ACCOUNT_AND_NETWORK


def account(**changes: object) -> Fields:
    return {
        "name": "Ada",
        "email": f"{uuid4().hex}@school.example",
        "password": "test123",
        "role": "writer",
    } | changes


async def post(
    url: str, body: object, headers: dict[str, str] | None = None, host: str = "127.0.0.1"
) -> tuple[int, Fields, dict[str, str]]:
    """The answer to a request from the address `host`, of which the loopback has many."""
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(host, 0))) as session,
        session.post(url, json=body, headers=headers) as response,
    ):
        return response.status, await response.json(), dict(response.headers)


async def test_a_new_writer_signs_up_logs_in_and_sends_an_event(api: Api) -> None:
    new = account()
    status, user, _ = await post(f"{api.url}/api/auth/signup", new)
    assert status == 201
    assert user == {"id": user["id"], "name": "Ada", "email": new["email"], "role": "writer"}
    login = {"email": new["email"].upper(), "password": "test123"}
    status, body, _ = await post(f"{api.url}/api/auth/login", login)
    assert (status, body["token_type"]) == (200, "Bearer")
    assert body["expires_at"].endswith("Z")
    bearer = {"Authorization": f"Bearer {body['token']}"}
    assert (await post(f"{api.url}/api/events", new_event(), bearer))[0] == 201


async def test_without_a_secret_the_api_says_so_and_signs_with_one_of_its_own(
    migrated_database: str, tmp_path: Path
) -> None:
    environment = {"JWT_SECRET": "", "DATABASE_URL": migrated_database, "AUTH_SIGNUP": "open"}
    with running_api(environment, tmp_path / "log") as api:
        new = account()
        await post(f"{api.url}/api/auth/signup", new)
        _, body, _ = await post(f"{api.url}/api/auth/login", {"email": new["email"], "password": new["password"]})
        own, foreign = ({"Authorization": f"Bearer {signed}"} for signed in (body["token"], token("WRITE")))
        assert (await post(f"{api.url}/api/events", new_event(), own))[0] == 201
        assert (await post(f"{api.url}/api/events", new_event(), foreign))[0] == 401
        assert "JWT_SECRET is not set" in api.output()


async def test_a_reader_may_not_send_events(api: Api) -> None:
    new = account(role="reader")
    await post(f"{api.url}/api/auth/signup", new)
    _, body, _ = await post(f"{api.url}/api/auth/login", {"email": new["email"], "password": "test123"})
    bearer = {"Authorization": f"Bearer {body['token']}"}
    status, error, _ = await post(f"{api.url}/api/events", new_event(), bearer)
    assert status == 403
    assert "WRITE" in error["error"]


async def test_an_email_that_exists_is_409_however_it_is_written(api: Api) -> None:
    new = account()
    await post(f"{api.url}/api/auth/signup", new)
    assert (await post(f"{api.url}/api/auth/signup", new | {"email": new["email"].upper()}))[0] == 409


async def test_bad_sign_ups_are_400_with_the_field_named(api: Api) -> None:
    for field, value in [
        ("password", "12345"),
        ("email", "no address"),
        ("role", "admin"),
        ("name", ""),
        ("name", "\0"),
    ]:
        status, error, _ = await post(f"{api.url}/api/auth/signup", account(**{field: value}))
        assert status == 400
        assert [detail["field"] for detail in error["details"]] == [field]


async def test_what_is_no_address_is_told_in_words(api: Api) -> None:
    _, error, _ = await post(f"{api.url}/api/auth/signup", account(email="no address"))
    assert error["error"] == "email: must be an e-mail address, such as ada@school.example"


async def test_sign_up_is_closed_unless_opened(direct_api: Api) -> None:
    status, error, _ = await post(f"{direct_api.url}/api/auth/signup", account())
    assert status == 403
    assert "closed" in error["error"]


async def test_any_wrong_pair_is_the_same_401_at_the_same_cost(api: Api) -> None:
    new = account()
    await post(f"{api.url}/api/auth/signup", new)
    seconds: dict[str, list[float]] = {new["email"]: [], "nobody@school.example": []}
    errors = set()
    for _ in range(5):
        for email, times in seconds.items():
            started = time.perf_counter()
            status, error, _ = await post(f"{api.url}/api/auth/login", {"email": email, "password": "wrong"})
            times.append(time.perf_counter() - started)
            assert status == 401
            errors.add(error["error"])
    assert len(errors) == 1
    known, unknown = (min(times) for times in seconds.values())
    assert 1 / 3 < known / unknown < 3


@pytest.mark.parametrize(
    "odd", [{"email": "a\0b@school.example"}, {"password": "a\0b"}, {"email": "\ud800@school.example"}], ids=repr
)
async def test_a_login_with_what_no_account_can_have_is_refused(api: Api, odd: dict[str, str]) -> None:
    status, error, _ = await post(f"{api.url}/api/auth/login", {"email": "a@school.example", "password": "p"} | odd)
    assert status in {400, 401}
    assert error["request_id"]


async def guess(api: Api, email: str, client: dict[str, str], host: str = "127.0.0.1") -> tuple[int, int]:
    """What a wrong password is answered with: the status, and Retry-After where it is 429."""
    login = {"email": email, "password": "wrong"}
    status, _, headers = await post(f"{api.url}/api/auth/login", login, client, host)
    return status, int(headers.get("Retry-After", 0))


async def use_up(api: Api, email: str, client: dict[str, str], host: str = "127.0.0.1") -> None:
    """Guess until no more is allowed, nor will be for some seconds."""
    await asyncio.gather(*(guess(api, email, client, host) for _ in range(PER_ACCOUNT_AND_NETWORK.burst)))
    async with asyncio.timeout(60):
        while (await guess(api, email, client, host))[1] < PER_ACCOUNT_AND_NETWORK.seconds / 2:
            pass


def allowed_since(started: float) -> float:
    """How many guesses at one account one address may have had looked at since then."""
    filled_up = (time.monotonic() - started) / PER_ACCOUNT_AND_NETWORK.seconds
    return PER_ACCOUNT_AND_NETWORK.burst + filled_up


async def test_guessing_at_an_account_is_429_with_retry_after(api: Api) -> None:
    email, started = f"{uuid4().hex}@school.example", time.monotonic()
    answers = await asyncio.gather(*(guess(api, email, {}) for _ in range(14)))
    refused = [seconds for status, seconds in answers if status == 429]
    wrong = [status for status, _ in answers if status == 401]
    assert len(refused) + len(wrong) == 14
    assert PER_ACCOUNT_AND_NETWORK.burst <= len(wrong) <= allowed_since(started)
    assert min(refused) >= 1


async def test_another_spelling_of_the_address_gives_no_other_guesses(api: Api) -> None:
    new, started = account(email=f"ilse.{uuid4().hex}@school.example"), time.monotonic()
    await post(f"{api.url}/api/auth/signup", new)
    spellings = [
        new["email"].replace("ilse", name) for name in ("İlse", "ILSE", "ılſe", " ilse", "il\u200bse", "ｉlse", "ILſE")
    ]
    answers = await asyncio.gather(*(guess(api, email, {}, "127.1.0.1") for email in spellings * 4))
    assert [status for status, _ in answers].count(401) <= allowed_since(started)
    login = {"email": new["email"].replace("ilse", "İlſe"), "password": new["password"]}
    assert (await post(f"{api.url}/api/auth/login", login, host="127.1.0.2"))[0] == 200


async def test_guesses_of_others_do_not_keep_the_owner_out(api: Api) -> None:
    new, url = account(), f"{api.url}/api/auth/login"
    login = {"email": new["email"], "password": new["password"]}
    await post(f"{api.url}/api/auth/signup", new)
    status, body, _ = await post(url, login, host="127.2.0.1")
    assert status == 200
    await use_up(api, new["email"], {}, "127.2.0.2")
    # From the address of those who guess, behind one proxy with them: by the token from before.
    assert (await post(url, login, host="127.2.0.2"))[0] == 429
    holder = {"Authorization": f"Bearer {body['token']}"}
    assert (await post(url, login, holder, host="127.2.0.2"))[0] == 200
    for host in ("127.2.0.1", "127.2.0.3"):
        assert (await post(url, login, host=host))[0] == 200


async def test_blanks_around_an_address_are_the_same_at_sign_up_and_at_login(api: Api) -> None:
    new = account(email=f"\u2003 {uuid4().hex}@school.example\n")
    status, user, _ = await post(f"{api.url}/api/auth/signup", new)
    assert (status, user["email"]) == (201, new["email"].strip())
    for email in (new["email"], user["email"], f"\t{user['email']}\u00a0"):
        assert (await post(f"{api.url}/api/auth/login", {"email": email, "password": "test123"}))[0] == 200
        assert (await post(f"{api.url}/api/auth/signup", new | {"email": email}))[0] == 409


@pytest.mark.parametrize("listens", ["0.0.0.0", "::"])  # noqa: S104 - as the settings have it
async def test_behind_a_proxy_that_is_named_each_of_its_clients_has_guesses_of_its_own(
    start_api: ApiFactory, listens: str
) -> None:
    api = start_api(HOST=listens, FORWARDED_ALLOW_IPS="127.0.0.0/8", AUTH_SIGNUP="open", KAFKA_ENABLED="false")
    new, url = account(), f"{api.url}/api/auth/login"
    await post(f"{api.url}/api/auth/signup", new)
    right = {"email": new["email"], "password": new["password"]}
    await use_up(api, new["email"], {"X-Forwarded-For": "10.0.0.1"})
    assert (await post(url, right, {"X-Forwarded-For": "10.0.0.1"}))[0] == 429
    # What a client claims before the proxy adds to it is not believed.
    assert (await post(url, right, {"X-Forwarded-For": "10.0.0.9, 10.0.0.1"}))[0] == 429
    assert (await post(url, right, {"X-Forwarded-For": "10.0.0.2"}))[0] == 200
    assert "FORWARDED_ALLOW_IPS" not in api.output()


async def test_a_proxy_is_known_by_its_ipv4_address_where_both_families_are_listened_on(start_api: ApiFactory) -> None:
    api = start_api(HOST="", FORWARDED_ALLOW_IPS="127.0.0.1", AUTH_SIGNUP="open", KAFKA_ENABLED="false")
    new, url = account(), f"{api.url}/api/auth/login"
    assert status_of(f"http://[::1]:{api.port}/healthz") == 200
    await post(f"{api.url}/api/auth/signup", new)
    right = {"email": new["email"], "password": new["password"]}
    await use_up(api, new["email"], {"X-Forwarded-For": "10.0.0.1"})
    assert (await post(url, right, {"X-Forwarded-For": "10.0.0.1"}))[0] == 429
    assert (await post(url, right, {"X-Forwarded-For": "10.0.0.2"}))[0] == 200


async def test_a_proxy_that_is_not_named_is_told_of_in_the_log_once(direct_api: Api) -> None:
    login = {"email": f"{uuid4().hex}@school.example", "password": "wrong"}
    for _ in range(2):
        await post(f"{direct_api.url}/api/auth/login", login, {"X-Forwarded-For": "10.0.0.1"}, host="127.3.0.1")
    assert direct_api.output().count("FORWARDED_ALLOW_IPS") == 1


async def test_tokens_without_a_good_signature_are_401(api: Api) -> None:
    good = token("WRITE")
    header, claims, signature = good.split(".")
    none = "eyJhbGciOiJub25lIn0"
    forged = [
        f"{none}.{claims}.",
        f"{none}.{claims}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}.AAAA",
        "x",
    ]
    forged += [token("WRITE", secret=SECRET + "!"), token("WRITE", exp=int(time.time()) - 10)]
    for path in ("/api/events", "/api/events/batch"):
        assert (await post(api.url + path, new_event()))[0] == 401
        for bad in forged:
            status, error, headers = await post(api.url + path, new_event(), {"Authorization": f"Bearer {bad}"})
            assert status == 401
            assert headers["WWW-Authenticate"] == "Bearer"
            assert error["request_id"]
