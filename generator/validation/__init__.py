"""What ``scaffold validate`` does: which files, what they are, what the rules say, what the config makes of that.

Reads through the work tree, and changes nothing.
"""

from .checks import Outcome, validate
from .file_selection import Selection, select_files

__all__ = ["Outcome", "Selection", "select_files", "validate"]
