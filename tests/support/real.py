"""The real tools that judge generated files: where they are, and what to do where one is missing."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from typing import NoReturn

import pytest

# Command: its other names, and the Debian package that has it. Debian keeps all of them in /usr/bin; those without a
# package are Python's, and lie beside the interpreter.
_MACOS = sys.platform == "darwin"
_TOOLS = {
    "actionlint": ((), ""),
    "check-jsonschema": ((), ""),
    "zizmor": ((), ""),
    "make": (("gmake",), "make"),
    "shellcheck": ((), "shellcheck"),
    "amtool": ((), "prometheus-alertmanager"),
    "curl": ((), "curl"),
    "docker-registry": ((), "docker-registry"),
    "openssl": ((), "openssl"),
    "strace": ((), "strace"),
    "groff": ((), "groff-base"),
    "jq": ((), "jq"),
    "sha256sum": ((), "coreutils"),
    "kubectl": ((), "kubernetes-client"),
    "promtool": ((), "prometheus"),
    "prometheus-alertmanager": (("alertmanager",), "prometheus-alertmanager"),
}


def tool(name: str) -> str:
    """Return the path of a tool. Where it is missing the test is skipped, or fails with SCAFFOLD_REQUIRE_TOOLS=1."""
    others, package = _TOOLS[name]
    # The make of macOS is GNU Make 3.81, which generated Makefiles refuse.
    for one in others if _MACOS and name == "make" else (name, *others):
        places = (sysconfig.get_path("scripts"), None, "/usr/bin:/usr/local/bin")
        if path := next(filter(None, (shutil.which(one, path=place) for place in places)), None):
            return path
    from_system = f"brew install {name}" if _MACOS else f"apt-get install --no-install-recommends {package}"
    how = from_system if package else f"pip install {name}"
    return missing(f"{name} is not installed: {how}")


def missing(reason: str) -> NoReturn:
    """Skip the test with the reason, or fail it with SCAFFOLD_REQUIRE_TOOLS=1."""
    if os.environ.get("SCAFFOLD_REQUIRE_TOOLS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
