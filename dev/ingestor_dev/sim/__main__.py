"""The command `ingestor-sim`."""

from ingestor_common.program import run


def main() -> None:
    run("ingestor_dev.sim.main")


if __name__ == "__main__":
    main()
