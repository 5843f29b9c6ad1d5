"""Helm, which these tests need; elsewhere they are skipped, or fail where INGESTOR_REQUIRE_KUBE=1 asks for them."""

import shutil

import pytest
from prerequisites import missing


@pytest.fixture(scope="session", autouse=True)
def _helm() -> None:
    if not shutil.which("helm"):
        missing("helm is not on PATH; the charts' tests need it", required_by="INGESTOR_REQUIRE_KUBE")
