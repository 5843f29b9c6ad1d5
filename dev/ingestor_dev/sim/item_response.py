"""How likely a student answers a question correctly: the logistic item response model."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A question's parameters: difficulty on the ability scale, discrimination > 0, guessing in [0, 1)."""

    difficulty: float
    discrimination: float
    guessing: float


def probability_correct(ability: float, item: Item) -> float:
    """Probability in [guessing, 1) that a student of this ability answers the item correctly.

    Two-parameter logistic model with a guessing floor (Birnbaum 1968):
    c + (1 - c) / (1 + exp(-a (theta - b))).
    """
    logit = item.discrimination * (ability - item.difficulty)
    # math.exp overflows past 709; at that distance the curve is flat anyway.
    logistic = 1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, logit))))
    return item.guessing + (1.0 - item.guessing) * logistic
