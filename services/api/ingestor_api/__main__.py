"""The command `ingestor-api`."""

from ingestor_common.program import run


def main() -> None:
    run("ingestor_api.main")


if __name__ == "__main__":
    main()
