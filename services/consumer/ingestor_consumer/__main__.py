"""The command `ingestor-consumer`."""

from ingestor_common.program import run


def main() -> None:
    run("ingestor_consumer.main")


if __name__ == "__main__":
    main()
