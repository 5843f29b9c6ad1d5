#!/bin/sh
# The development users of the set-up guide; one that is there already is left as it is.
set -eu
for role in writer reader; do
    if ! said=$(echo test123 | ingestor-admin create-user --email "$role.test@example.com" --name "Test $role" \
        --role "$role" --password-stdin 2>&1); then
        case $said in
        *"exists already"*) ;;
        *)
            echo "$said" >&2
            exit 1
            ;;
        esac
    fi
    echo "$said"
done
