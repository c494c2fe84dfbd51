"""Check files as ``scaffold validate`` does: select and read them, run the rules, and apply the config.

Reads through the work tree, and changes nothing.
"""

from .baseline import KnownFindings, baseline_text
from .baseline_file import BaselineFile, baseline_file, with_baseline
from .checks import Outcome, check_selection
from .file_selection import Selection, select_files
from .profiles import Viewed, viewed

__all__ = [
    "BaselineFile",
    "KnownFindings",
    "Outcome",
    "Selection",
    "Viewed",
    "baseline_file",
    "baseline_text",
    "check_selection",
    "select_files",
    "viewed",
    "with_baseline",
]
