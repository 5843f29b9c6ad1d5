"""Lets the tests import the simulation in bench/, which is no installed package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[4]))
