"""Expressions of tags, under the names that the command ``new-service`` calls them by."""

from ...images.expressions import TIGHTER, looseness, takes_all
from ...images.expressions import expression_fault as fault

__all__ = ["TIGHTER", "fault", "looseness", "takes_all"]
