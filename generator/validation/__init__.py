"""Check files as ``scaffold validate`` does: select and read them, run the rules, and apply the config.

Reads through the work tree, and changes nothing.
"""

from .checks import Outcome, check_selection
from .file_selection import Selection, select_files

__all__ = ["Outcome", "Selection", "check_selection", "select_files"]
