"""The command `ingestor-dev`."""

from ingestor_common.program import run


def main() -> None:
    run("ingestor_dev.main")


if __name__ == "__main__":
    main()
