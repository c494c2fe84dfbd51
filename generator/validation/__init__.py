"""Check files as ``scaffold validate`` does: select and read them, run the rules, and apply the config.

Reads through the work tree, and changes nothing.
"""

from .checks import Outcome, check_selection
from .edited_files import CheckedFile, EditedFiles, edited_files_around
from .file_selection import Selection, select_files

__all__ = [
    "CheckedFile",
    "EditedFiles",
    "Outcome",
    "Selection",
    "check_selection",
    "edited_files_around",
    "select_files",
]
