"""`python bench/sizing/run.py`, from anywhere: the same as `python -m bench.sizing` from the root."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    runpy.run_module("bench.sizing", run_name="__main__")
