"""What ``scaffold validate`` does: which files, what they are, what the rules say, what the config makes of that.

Reads through the work tree, and changes nothing.
"""

from .checks import Outcome, validate
from .selection import Selection, select

__all__ = ["Outcome", "Selection", "select", "validate"]
