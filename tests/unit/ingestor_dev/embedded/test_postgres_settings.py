"""The settings of the embedded Postgres."""

from pathlib import Path

from ingestor_dev.embedded.postgres_settings import DURABLE, TEST_SPEED, as_arguments, server_settings


def test_by_default_nothing_that_makes_data_durable_is_turned_off() -> None:
    settings = server_settings(15432, Path("/sockets"), DURABLE)

    assert {"fsync", "synchronous_commit", "full_page_writes"}.isdisjoint(settings)


def test_at_test_speed_a_reported_commit_still_survives_kill_9() -> None:
    assert "synchronous_commit" not in server_settings(15432, Path("/sockets"), TEST_SPEED)


def test_the_callers_settings_win() -> None:
    assert server_settings(15432, Path("/sockets"), {"max_connections": "7"})["max_connections"] == "7"


def test_the_server_listens_on_loopback_alone() -> None:
    assert server_settings(15432, Path("/sockets"), DURABLE)["listen_addresses"] == "127.0.0.1"


def test_without_a_folder_for_it_there_is_no_unix_socket() -> None:
    assert server_settings(15432, None, DURABLE)["unix_socket_directories"] == ""


def test_settings_become_arguments_of_the_server() -> None:
    assert as_arguments({"port": "1", "fsync": "off"}) == ["-c", "port=1", "-c", "fsync=off"]
