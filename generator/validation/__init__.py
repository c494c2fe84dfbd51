"""Check files as ``scaffold validate`` does: select and read them, run the rules, and apply the config.

Reads through the work tree, and changes nothing.
"""

from .baseline import BASELINE_PATH, KnownFindings, baseline_text
from .baseline_file import BaselineFile, baseline_file, with_baseline
from .checks import Outcome, check_selection
from .edited_files import CheckedFile, EditedFiles, edited_files_around
from .file_selection import Selection, select_files
from .fix_plan import FixPlan, plan_fixes
from .profiles import Viewed, viewed

__all__ = [
    "BASELINE_PATH",
    "BaselineFile",
    "CheckedFile",
    "EditedFiles",
    "FixPlan",
    "KnownFindings",
    "Outcome",
    "Selection",
    "Viewed",
    "baseline_file",
    "baseline_text",
    "check_selection",
    "edited_files_around",
    "plan_fixes",
    "select_files",
    "viewed",
    "with_baseline",
]
