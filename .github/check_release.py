"""Check that a tag can be released: its version, the changelog, the address of the repository.

Run as ``python .github/check_release.py TAG REPOSITORY``, with the address of the repository that runs the workflow.
Prints every fault, and exits with 1 if there is one.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def faults(root: Path, tag: str, repository: str) -> list[str]:
    """Return the reasons not to release the commit in ``root`` with this tag, one message for each."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    version, address = project["version"], project["urls"]["Repository"]
    found = []
    if tag != f"v{version}":
        found.append(f"the tag is {tag}, and the version in pyproject.toml is {version}: tag v{version}")
    if f'__version__ = "{version}"\n' not in (root / "generator/__init__.py").read_text("utf-8"):
        found.append(f"generator/__init__.py has another __version__ than pyproject.toml: set it to {version}")
    heading = rf"## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)"
    if not re.search(rf"^{heading}$", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE):
        found.append(f"CHANGELOG.md has no section '## {version} (YYYY-MM-DD)': add it below Unreleased")
    if repository != address:
        found.append(f"this is {repository}, and Repository in pyproject.toml is {address}: fix [project.urls]")
    return found


if __name__ == "__main__":
    messages = faults(ROOT, *sys.argv[1:3])
    for message in messages:
        print(message)
    sys.exit(bool(messages))
