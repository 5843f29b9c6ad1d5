"""Helm, which these tests need; elsewhere they are skipped, or fail where INGESTOR_REQUIRE_KUBE=1 asks for them."""

import os
import shutil

import pytest


@pytest.fixture(scope="session", autouse=True)
def _helm() -> None:
    if shutil.which("helm"):
        return
    if os.environ.get("INGESTOR_REQUIRE_KUBE") == "1":
        pytest.fail("helm is not on PATH, and INGESTOR_REQUIRE_KUBE=1 asks for the charts' tests")
    pytest.skip("helm is not on PATH; the charts' tests need it")
