"""Resolves Kafka's jars and writes `kafka-jars.lock`: `python -m ingestor_dev.embedded.lock_jars`.

Run after changing a version below. The set is what Maven's `dependency:copy-dependencies` gives for the
runtime scope.
"""

import tempfile
from pathlib import Path

from jgo.maven import Dependency, MavenContext

from ingestor_dev.embedded.jar_lock import LOCK_FILE, LockedJar, render_lock, sha256_of
from ingestor_dev.embedded.maven import repositories

# The newest version of which both the broker and the command-line tools are published.
KAFKA_VERSION = "4.3.1"
# Kafka logs through slf4j 1.7; without a binding it logs nothing.
LOG4J_VERSION = "2.25.4"
# Kafka Connect and its web server: only the tool `connect-plugin-path` needs them.
_UNUSED = (
    ("org.apache.kafka", "connect-runtime"),
    ("com.fasterxml.jackson.jakarta.rs", "jackson-jakarta-rs-json-provider"),
)
_RUNTIME_SCOPES = (None, "compile", "runtime")


def resolve(maven: MavenContext) -> list[LockedJar]:
    """The jars that Kafka's broker and tools need at run time; downloads them to hash them."""
    wanted, transitive = maven.resolver.resolve(_roots(maven))
    needed = [jar for jar in (*wanted, *transitive) if jar.scope in _RUNTIME_SCOPES]
    return [LockedJar(_coordinate(jar), sha256_of(jar.artifact.resolve())) for jar in needed]


def _roots(maven: MavenContext) -> list[Dependency]:
    unused = [maven.project(group, artifact) for group, artifact in _UNUSED]
    # "!": each by its own POM; they do not manage one another's versions.
    return [
        maven.create_dependency(f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}!"),
        maven.create_dependency(f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}!", unused),
        maven.create_dependency(f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J_VERSION}!"),
    ]


def _coordinate(jar: Dependency) -> str:
    return f"{jar.groupId}:{jar.artifactId}:{jar.version}"


def main() -> None:
    """Rewrites the lock file."""
    with tempfile.TemporaryDirectory() as folder:
        LOCK_FILE.write_text(render_lock(resolve(repositories(Path(folder)))))


if __name__ == "__main__":
    main()
