"""Passwords are kept as argon2id hashes."""

from ingestor_common.passwords import hash_password, verify_password


def test_only_the_password_itself_fits_its_hash() -> None:
    stored = hash_password("test123")
    assert stored.startswith("$argon2id$")
    assert verify_password(stored, "test123")
    assert not verify_password(stored, "test124")


def test_what_is_no_hash_fits_nothing() -> None:
    assert not verify_password("plain text", "plain text")
