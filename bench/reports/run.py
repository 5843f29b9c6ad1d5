"""`python bench/reports/run.py`, from anywhere: the same as `python -m bench.reports` from the root."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    runpy.run_module("bench.reports", run_name="__main__")
