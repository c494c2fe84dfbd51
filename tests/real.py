"""The real tools that judge generated files: where they are, and what to do where one is missing."""

from __future__ import annotations

import os
import shutil

import pytest

# Command: its other names, and the Debian package that has it. Debian keeps all of them in /usr/bin.
_TOOLS = {
    "amtool": ((), "prometheus-alertmanager"),
    "curl": ((), "curl"),
    "jq": ((), "jq"),
    "kubectl": ((), "kubernetes-client"),
    "prometheus-alertmanager": (("alertmanager",), "prometheus-alertmanager"),
    "shellcheck": ((), "shellcheck"),
}


def tool(name: str) -> str:
    """Return the path of a tool. Where it is missing the test is skipped, or fails with SCAFFOLD_REQUIRE_TOOLS=1."""
    others, package = _TOOLS[name]
    for one in (name, *others):
        if path := shutil.which(one) or shutil.which(one, path="/usr/bin:/usr/local/bin"):
            return path
    reason = f"{name} is not installed: apt-get install --no-install-recommends {package}"
    if os.environ.get("SCAFFOLD_REQUIRE_TOOLS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
