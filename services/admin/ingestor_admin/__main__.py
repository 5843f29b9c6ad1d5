"""The command `ingestor-admin`."""

from ingestor_common.program import run


def main() -> None:
    run("ingestor_admin.main")


if __name__ == "__main__":
    main()
