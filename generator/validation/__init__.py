"""Check files as ``scaffold validate`` does: select and read them, run the rules, and apply the config.

Reads through the work tree, and changes nothing.
"""

from .baseline import BASELINE_PATH, KnownFindings, baseline_text
from .baseline_file import BaselineFile, baseline_file, with_baseline
from .checks import Outcome, check_selection
from .file_selection import Selection, select_files
from .fix_plan import FixPlan, plan_fixes
from .profiles import Viewed, viewed

__all__ = [
    "BASELINE_PATH",
    "BaselineFile",
    "FixPlan",
    "KnownFindings",
    "Outcome",
    "Selection",
    "Viewed",
    "baseline_file",
    "baseline_text",
    "check_selection",
    "plan_fixes",
    "select_files",
    "viewed",
    "with_baseline",
]
