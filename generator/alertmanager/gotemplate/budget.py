"""Limits on the execution of templates: steps, and the size of all intermediate values.

A template of a few hundred characters can build values of any size, regardless of its output. Each step and each value
is charged in advance; beyond the limits the result is not known (``Unknown``).
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_STEPS = 50_000  # per run
MAX_MADE = 1_000_000  # characters and items created per run
MAX_VALUE = 100_000  # per value


class Unknown(Exception):  # noqa: N818 - not an error: the result is not known
    """The result of a template is not known."""


@dataclass
class Budget:
    """The remainder for all runs that share it, such as those over one file."""

    steps: int = 300_000
    made: int = 5_000_000

    def fail(self) -> None:
        """Charge a run that was stopped at a limit."""
        self.steps -= MAX_STEPS // 10
        self.made -= 2 * MAX_VALUE


@dataclass
class Meter:
    """Usage of one run. Raises Unknown if it exceeds a limit, or the budget is used up."""

    budget: Budget
    steps: int = 0
    made: int = 0

    def step(self, count: int = 1) -> None:
        """Charge steps."""
        self.steps += count
        self.budget.steps -= count
        if self.steps > MAX_STEPS or self.budget.steps < 0:
            raise Unknown("it runs too long")

    def make(self, size: int) -> None:
        """Charge the characters or items of one value, or of the arguments of one function."""
        self.made += size
        self.budget.made -= size
        if self.made > MAX_MADE or self.budget.made < 0:
            raise Unknown("its values are too large")


def size_of(value: object) -> int:
    """Return the size of a value: its characters or items, not counting nested ones."""
    return len(value) + 1 if isinstance(value, str | list | dict) else 1


def bounded(size: int) -> None:
    """Raise Unknown if a value of this size would be too large. Called before it is created."""
    if size > MAX_VALUE:
        raise Unknown("its values are too large")
