"""Two URLs that lead to one database are known as such; two databases are not taken for one."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.plan.databases import Databases, database_places

LOGIN = "postgresql://quiz:secret@"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("db/quiz", "db.school:5432/quiz"),
        ("db:5432/quiz", "db.school:5432/quiz"),
        ("DB.school.svc:05432/quiz", "db.school:5432/quiz"),
        ("db.school.svc.cluster.local./quiz?sslmode=require", "db.school:5432/quiz"),
        ("db.school/quiz", "db.school:5432/quiz"),
        ("db.example:6432/", "db.example:6432/quiz"),
        ("[2001:db8::1]:5433/quiz", "2001:db8::1:5433/quiz"),
        ("10.0.0.1/q%75iz", "10.0.0.1:5432/quiz"),
        ("/quiz?host=db&port=5433", "db.school:5433/quiz"),
        ("/?host=db&dbname=quiz", "db.school:5432/quiz"),
    ],
)
def test_one_database_has_one_place_however_it_is_written(url: str, place: str) -> None:
    assert database_places(LOGIN + url, "school") == {place}


def test_every_host_of_a_list_is_a_place() -> None:
    assert database_places(f"{LOGIN}a.example,b.example:6432/quiz", "school") == {
        "a.example:5432/quiz",
        "b.example:6432/quiz",
    }


@pytest.mark.parametrize("url", ["localhost/quiz", "127.0.0.1:5432/quiz", "[::1]/quiz", "/quiz?host=/run/pg", ""])
def test_what_is_another_database_in_each_pod_is_no_place(url: str) -> None:
    assert database_places(LOGIN + url, "school") == frozenset()


@given(st.text())
def test_whatever_a_secret_holds_it_is_read_without_failing(url: str) -> None:
    database_places(url, "school")
    database_places(f"postgresql://{url}", "school")


@given(st.text("abc:%=&", max_size=12))
def test_user_and_password_are_no_part_of_a_place(password: str) -> None:
    assert database_places(f"postgresql://other:{password}@db/quiz", "school") == {"db.school:5432/quiz"}


def secrets(url: str) -> dict[str, dict[str, str]]:
    return {"ingestor-database": {"url": base64.b64encode(url.encode()).decode()}}


DONE = {"migration": {"job": "quiz-migrate-1", "completedAt": "2026-01-01T12:00:00Z"}}


def test_both_of_two_resources_are_told_until_one_changes_or_goes(make_resource: Any) -> None:
    one, two = (
        make_resource(uid="1", name="one", status=DONE),
        make_resource(uid="2", name="two", namespace="other", status=DONE),
    )
    known = Databases()
    known.seen(one, secrets(f"{LOGIN}db/quiz"))
    assert known.sharing(one, [two]) == ()
    known.seen(two, secrets("postgresql://somebody:else@db.school.svc:5432/quiz"))
    assert known.sharing(one, [two]) == ("other/two",)
    assert known.sharing(two, [one]) == ("school/one",)
    # A resource of that name that is not there any more.
    assert known.sharing(one, []) == ()
    known.seen(two, secrets(f"{LOGIN}db/quiz"))
    assert known.sharing(one, [two]) == ()
    known.seen(two, secrets(f"{LOGIN}db.school/quiz"))
    known.forget("2")
    assert known.sharing(one, [two]) == ()


def test_one_that_only_observes_shares_nothing(make_resource: Any) -> None:
    one, two = make_resource(uid="1"), make_resource("minimal", {"mode": "Observe"}, uid="2", status=DONE)
    known = Databases()
    for resource in (one, two):
        known.seen(resource, secrets(f"{LOGIN}db/quiz"))
    assert known.sharing(one, [two]) == ()


@pytest.mark.parametrize(
    ("status", "shares"),
    [
        (None, False),
        ({"api": {"replicas": 0}}, False),
        ({"api": {"replicas": 1}}, True),
        ({"consumer": {"replicas": 1, "ready": 0, "desired": 1, "lagState": "Unknown"}}, True),
        (DONE, True),
    ],
)
def test_one_that_has_neither_migrated_nor_pods_shares_nothing(
    make_resource: Any, status: dict[str, Any] | None, shares: bool
) -> None:
    one, two = make_resource(uid="1"), make_resource(uid="2", name="two", status=status or {})
    known = Databases()
    for resource in (one, two):
        known.seen(resource, secrets(f"{LOGIN}db/quiz"))
    assert known.sharing(one, [two]) == (("school/two",) if shares else ())


@pytest.mark.parametrize("data", [{}, {"ingestor-database": {}}, secrets(""), {"ingestor-database": {"url": "gA=="}}])
def test_a_secret_that_does_not_tell_shares_nothing(make_resource: Any, data: dict[str, dict[str, str]]) -> None:
    known = Databases()
    known.seen(make_resource(uid="1"), data)
    known.seen(make_resource(uid="2"), data)
    assert known.sharing(make_resource(uid="1"), [make_resource(uid="2")]) == ()


def test_the_servers_are_told_without_login_and_database(make_resource: Any) -> None:
    resource, known = make_resource(), Databases()
    known.seen(resource, secrets(f"{LOGIN}b.example:6432,db/quiz"))
    assert known.servers(resource) == ("b.example:6432", "db:5432")
    known.seen(resource, secrets(f"{LOGIN}db.school.svc/quiz"))
    assert known.servers(resource) == ("db.school.svc:5432",)
    known.seen(resource, secrets("postgresql://quiz:sec#ret@db/quiz"))
    assert known.servers(resource) == ()
    known.forget(resource.uid)
    assert known.servers(resource) == ()
