"""What running templates may cost: steps, and the size of everything that is made on the way.

A template of a few hundred characters can make values of any size from each other, whatever it prints in the end. Each
step and each value is paid for before there is more of it; what cannot be paid is not told (``Unknown``).
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_STEPS = 50_000  # of one run
MAX_MADE = 1_000_000  # characters and items that are made in one run
MAX_VALUE = 100_000  # of one value


class Unknown(Exception):  # noqa: N818 - no error: the answer is that we cannot tell
    """What a template does cannot be told."""


@dataclass
class Budget:
    """What is left for all runs that share it, such as those over one file."""

    steps: int = 300_000
    made: int = 5_000_000

    def fail(self) -> None:
        """Pay for a run that ended in the middle of what it could not pay for."""
        self.steps -= MAX_STEPS // 10
        self.made -= 2 * MAX_VALUE


@dataclass
class Meter:
    """What one run has used. Raises Unknown where it uses too much, or the budget is used up."""

    budget: Budget
    steps: int = 0
    made: int = 0

    def step(self, count: int = 1) -> None:
        """Pay for steps."""
        self.steps += count
        self.budget.steps -= count
        if self.steps > MAX_STEPS or self.budget.steps < 0:
            raise Unknown("it runs too long")

    def make(self, size: int) -> None:
        """Pay for characters or items of one value, or of what is given to one function."""
        self.made += size
        self.budget.made -= size
        if self.made > MAX_MADE or self.budget.made < 0:
            raise Unknown("it makes too much")


def size_of(value: object) -> int:
    """Return what a value costs: its characters or items, not what is below them."""
    return len(value) + 1 if isinstance(value, str | list | dict) else 1


def bounded(size: int) -> None:
    """Raise Unknown if one value of a size would be too large. Called before it is made."""
    if size > MAX_VALUE:
        raise Unknown("it makes too much")
