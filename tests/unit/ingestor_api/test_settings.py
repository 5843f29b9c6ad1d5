"""The configuration: a wrong value stops the start with a message that names the variable."""

import pytest

from ingestor_api.settings import ApiSettings
from ingestor_common.settings import SettingsError, load

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ApiSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("JWT_SECRET", SECRET)


def test_without_anything_but_a_secret_events_go_directly_and_sign_up_is_closed() -> None:
    settings = load(ApiSettings)
    assert not settings.kafka_enabled
    assert settings.kafka_fallback == "direct"
    assert settings.auth_signup == "closed"
    assert settings.port == 8080


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KAFKA_ROLLOUT_PERCENT", "101"),
        ("KAFKA_ROLLOUT_PERCENT", "-1"),
        ("KAFKA_ROLLOUT_PERCENT", "half"),
        ("KAFKA_FALLBACK", "postgres"),
        ("KAFKA_EVENT_TYPES", "QUESTION_PUBLISHED,QUESTION_ASKED"),
        ("AUTH_SIGNUP", "maybe"),
        ("PORT", "65536"),
        ("DRAIN_SECONDS", "-1"),
        ("DRAIN_SECONDS", "nan"),
        ("JWT_SECRET", "short"),
        ("JWT_JWKS_URL", "file:///etc/passwd"),
        ("JWT_JWKS_URL", " "),
        ("JWT_JWKS_URL", "http://"),
        ("JWT_JWKS_URL", "http://[::1"),
        ("JWT_JWKS_URL", "http://h:99999/"),
        ("JWT_JWKS_URL", "http://h:0/"),
        ("JWT_JWKS_URL", "https://user:word@h/"),
        ("JWT_ISSUER", " "),
        ("JWT_AUDIENCE", " "),
        ("HOST", " "),
        ("HOST", "0.0.0.0:8080"),
        ("FORWARDED_ALLOW_IPS", " "),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1/8"),
        ("KAFKA_BROKERS", "kafka:0"),
        ("JWT_UNCHECKED_CLAIMS", "audience,subject"),
    ],
)
def test_a_wrong_value_is_refused_and_its_variable_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    for name in ISSUER:
        monkeypatch.setenv(name, ISSUER[name])
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable) as refusal:
        load(ApiSettings)
    if variable == "JWT_SECRET":
        assert value not in str(refusal.value)


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("FORWARDED_ALLOW_IPS", " * ", "*"),
        ("FORWARDED_ALLOW_IPS", " 10.0.0.7 , ::1,", "10.0.0.7,::1"),
        ("KAFKA_BROKERS", "[::1%lo]:18771", "[::1%lo]:18771"),
        ("KAFKA_BROKERS", " a:09092 , ::1,", "a:09092,::1"),
        ("JWT_JWKS_URL", "https://h:0443/k", "https://h:0443/k"),
    ],
)
def test_an_address_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, read: str
) -> None:
    for name in ISSUER:
        monkeypatch.setenv(name, ISSUER[name])
    monkeypatch.setenv(variable, value)
    assert getattr(load(ApiSettings), variable.lower()) == read


def test_a_secret_of_31_bytes_is_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET[:31])
    with pytest.raises(SettingsError, match="JWT_SECRET.*at least 32 bytes, has 31"):
        load(ApiSettings)


def test_a_secret_need_not_be_set_for_a_start_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_SECRET")
    assert load(ApiSettings).jwt_secret.get_secret_value() == ""


def test_a_short_secret_is_refused_beside_an_external_issuer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_JWKS_URL", "https://issuer.example/jwks")
    monkeypatch.setenv("JWT_SECRET", "short")
    with pytest.raises(SettingsError, match="JWT_SECRET"):
        load(ApiSettings)


ISSUER = {"JWT_JWKS_URL": "https://issuer.example/jwks", "JWT_ISSUER": "https://issuer.example", "JWT_AUDIENCE": "quiz"}


@pytest.mark.parametrize(
    ("left_out", "unchecked", "named"),
    [
        (["JWT_ISSUER", "JWT_AUDIENCE"], "", "JWT_ISSUER and JWT_AUDIENCE"),
        (["JWT_ISSUER"], "", "JWT_ISSUER"),
        (["JWT_AUDIENCE"], "", "JWT_AUDIENCE"),
        (["JWT_ISSUER", "JWT_AUDIENCE"], "issuer", "JWT_AUDIENCE"),
        (["JWT_ISSUER"], "audience", "JWT_ISSUER"),
    ],
)
def test_tokens_of_another_issuer_need_an_issuer_and_an_audience_to_be_checked(
    monkeypatch: pytest.MonkeyPatch, left_out: list[str], unchecked: str, named: str
) -> None:
    for name, value in ISSUER.items():
        # A blank is no value either.
        monkeypatch.setenv(name, " " if name in left_out else value)
    monkeypatch.setenv("JWT_UNCHECKED_CLAIMS", unchecked)
    with pytest.raises(SettingsError) as refusal:
        load(ApiSettings)
    lines = str(refusal.value).splitlines()
    assert [line.split(",")[0] for line in lines] == [f"  JWT_JWKS_URL needs {named}"]
    assert "JWT_UNCHECKED_CLAIMS=" in lines[0]


@pytest.mark.parametrize("unchecked", ["issuer,audience", " Audience , ISSUER", "issuer", "audience", ""])
def test_a_claim_is_left_unchecked_where_that_is_said(monkeypatch: pytest.MonkeyPatch, unchecked: str) -> None:
    for name, value in ISSUER.items():
        if name.removeprefix("JWT_").lower() not in unchecked.lower():
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("JWT_UNCHECKED_CLAIMS", unchecked)
    assert load(ApiSettings).jwt_jwks_url == ISSUER["JWT_JWKS_URL"]


def test_lists_and_choices_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_EVENT_TYPES", " question_published, SESSION_ENDED ,")
    monkeypatch.setenv("KAFKA_FALLBACK", "None")
    settings = load(ApiSettings)
    assert settings.kafka_event_types == ("QUESTION_PUBLISHED", "SESSION_ENDED")
    assert settings.kafka_fallback == "none"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("KAFKA_ENABLED", "maybe", "say true or false"),
        ("PORT", "abc", "say a whole number"),
        ("DRAIN_SECONDS", "soon", "say a number"),
    ],
)
def test_a_value_of_another_type_is_told_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load(ApiSettings)
    assert str(caught.value) == f"  {variable}: {words}"
