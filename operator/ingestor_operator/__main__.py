"""The command `ingestor-operator`."""

from ingestor_common.program import run


def main() -> None:
    run("ingestor_operator.main")


if __name__ == "__main__":
    main()
