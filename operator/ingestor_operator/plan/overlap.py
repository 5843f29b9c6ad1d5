"""Two operators of two releases that serve one resource, seen by the release that the status names."""

from ingestor_operator.manifests.manifest import Release
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.problem import Problem

ANOTHER_OPERATOR = "AnotherOperator"


class Overlap:
    """Which resources this operator has told of since it serves them.

    One that has taken over is not told of: nothing is written after it by the one before.
    """

    def __init__(self, release: Release) -> None:
        self._release = release.version
        self._told: set[str] = set()

    def told(self, resource: Resource) -> None:
        """The status is this operator's now."""
        self._told.add(resource.uid)

    def forget(self, uid: str) -> None:
        """Another operator may serve the resource from now on."""
        self._told.discard(uid)

    def problems(self, resource: Resource) -> tuple[Problem, ...]:
        """An operator of another release has written the status since this one did, or nothing."""
        found = resource.status.release
        if resource.uid not in self._told or found in (None, self._release):
            return ()
        message = (
            f"An operator of release {found} has written the status since this one, of release {self._release}, did:"
            " two operators serve this resource, and each undoes what the other applies, images too. Let only one"
            " serve it."
        )
        return (Problem(ANOTHER_OPERATOR, message),)
