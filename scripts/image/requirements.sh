#!/bin/sh
# In the build stage: the pinned requirements into /opt/ingestor, and the pinned tools that build our wheels.
#   requirements.sh REQUIREMENTS
set -eu
tools=/tmp/tools

# The tools come from the same pinned file as everything else that builds and tests.
pinned() {
    awk -v names=" $* " '/^[a-z]/ { split($1, at, "=="); take = index(names, " " at[1] " ") } take' requirements/dev.txt
}

python -m venv "$tools"
pinned hatchling packaging pathspec pluggy tomlkit trove-classifiers >/tmp/tools.txt
"$tools/bin/pip" install --quiet --require-hashes -r /tmp/tools.txt

python -m venv --without-pip /opt/ingestor
"$tools/bin/pip" --python /opt/ingestor install --quiet --no-compile --require-hashes --only-binary :all: -r "$1"
