#!/usr/bin/env bash
# Resolve every package's dependencies into the pinned, hashed files beside this script.
# One resolution (dev.txt) decides the versions; each image's file is a subset of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv=${UV:-uv}
compile() {
    local out=$1; shift
    "$uv" pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
        --no-emit-package ingestor-common --no-emit-package ingestor-admin --custom-compile-command "make lock" \
        --output-file "$out" "$@"
}
compile requirements/dev.txt services/*/pyproject.toml operator/pyproject.toml dev/pyproject.toml requirements/tools.in
for image in services/api services/consumer operator; do
    name=$(basename "$image")
    sources=("$image/pyproject.toml")
    # The API's image also carries ingestor-admin, which the migration Job runs.
    [ "$name" = api ] && sources+=(services/admin/pyproject.toml)
    compile "requirements/$name.txt" --constraint requirements/dev.txt "${sources[@]}"
done
