#!/bin/sh
# In the build stage, after requirements.sh: our own packages into /opt/ingestor, the same bytes in every build; the
# result is below /out.
#   packages.sh PACKAGE...
set -eu
: "${SOURCE_DATE_EPOCH:?seconds since 1970 that every file is dated with}"
export SOURCE_DATE_EPOCH
tools=/tmp/tools
home=/opt/ingestor

for package in "$@"; do
    "$tools/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir /tmp/wheels "./$package"
done
"$tools/bin/pip" --python "$home" install --quiet --no-compile --no-index --no-deps /tmp/wheels/*.whl

# Imported before everything else: site-packages' .pth files are read at every start of Python.
site=$(echo "$home"/lib/python3*/site-packages)
cp scripts/image/ingestor_starting.py "$site/"
echo 'import ingestor_starting' >"$site/ingestor_starting.pth"

# Bytecode that depends on the sources' content, not on their dates, in the place of what pip's own run has left there.
"$home/bin/python" -m compileall -q -f --invalidation-mode checked-hash "$home/lib"

# As a tree to be copied onto the root: a folder that COPY itself has to make would carry the time of the build.
mkdir -p /out/opt
mv "$home" /out/opt/
find /out -print0 | xargs -0 touch -h -d "@$SOURCE_DATE_EPOCH"
