"""The command line of a service that is configured by environment variables alone."""

import argparse
from importlib.metadata import version


def take_no_arguments(name: str, about: str) -> None:
    """Answer --help and --version; end with 2 where anything else is given, rather than serve as if it were not there.

    `name` is the command's, and its distribution's.
    """
    parser = argparse.ArgumentParser(
        prog=name,
        description=about,
        epilog="It is configured by environment variables, as the README lists them.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{name} {version(name)}")
    parser.parse_args()
