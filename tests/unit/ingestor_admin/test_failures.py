"""What the stores raise becomes a sentence that names the server."""

import pytest

from ingestor_admin.failures import Unreachable, plain_failures
from ingestor_admin.settings import AdminSettings
from ingestor_common.store.errors import CONNECTION_LOST


@pytest.mark.parametrize("kind", CONNECTION_LOST)
def test_a_database_that_is_lost_in_the_middle_is_named(kind: type[Exception]) -> None:
    settings = AdminSettings.model_validate({"database_url": "postgresql://reader:secret@db.example:5432/quiz"})
    with pytest.raises(Unreachable, match="db.example") as failure, plain_failures(settings):
        raise kind("the connection ended")
    assert "secret" not in str(failure.value)
