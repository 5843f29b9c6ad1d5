#!/bin/sh
# Makes /rootfs: the base image without what a running service never needs (package managers, Perl, set-user-id bits,
# documentation), and with the account the services run as.
set -eu
: "${SOURCE_DATE_EPOCH:?seconds since 1970 that every file is dated with}"
mkdir /rootfs
tar -C / --one-file-system --exclude=./rootfs --exclude=./proc --exclude=./sys --exclude=./dev --exclude=./tmp \
    --exclude=./src --exclude=./opt --exclude=./root --exclude=./run --exclude=./var/cache --exclude=./var/log \
    --exclude=./var/lib/apt --exclude=./usr/lib/apt --exclude=./usr/share/doc --exclude=./usr/share/man \
    --exclude=./usr/share/info --exclude=./usr/share/locale --exclude='./usr/bin/apt*' --exclude='./etc/apt' \
    --exclude='./etc/pip.conf' --exclude='__pycache__' --exclude='./usr/local/lib/python3*/ensurepip' \
    --exclude='./usr/local/lib/python3*/site-packages/*' --exclude='./usr/local/lib/python3*/idlelib' \
    --exclude='./usr/local/lib/python3*/test' --exclude='./usr/local/lib/python3*/turtledemo' \
    --exclude='./usr/local/lib/python3*/tkinter' --exclude='./usr/local/bin/pip*' --exclude='./usr/local/bin/idle*' \
    --exclude=./usr/lib/*/gconv --exclude=./usr/lib/*/perl-base --exclude='./usr/bin/perl*' \
    --exclude=./usr/local/share/python-wheels --exclude=./usr/local/include --exclude='*.a' \
    -cf - . | tar -C /rootfs -xpf -
cd /rootfs
mkdir -p dev proc sys run root var/cache var/log etc
mkdir -m 1777 tmp
find . -xdev -perm /6000 -type f -exec chmod ug-s {} +
echo 'ingestor:x:65532:65532:Analytics Ingestor:/tmp:/usr/sbin/nologin' >>etc/passwd
echo 'ingestor:x:65532:' >>etc/group
# What the container engine puts there is not part of the image.
: >etc/hosts
: >etc/hostname
: >etc/resolv.conf
python -m compileall -q --invalidation-mode checked-hash -s /rootfs -p / usr/local/lib/python3*
find . -print0 | xargs -0 touch -h -d "@$SOURCE_DATE_EPOCH"
