"""The source of this installation, as a requirement that installs the same version again.

Workflows install scaffold by such a requirement, so that a run reports changes of the repository and never changes of
scaffold.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from . import __version__, assets
from .errors import invalid

NAME = "scaffold-config"
_OPTION = "--ci-install"


def requirement() -> str:
    """Return the requirement of this installation, or ``""`` if it cannot be installed elsewhere.

    Source: PEP 610, ``direct_url.json`` exists unless a package came from an index:
    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    package = Path(__file__).resolve().parent
    # Installers record it next to the package; importlib.metadata would find the same, but takes 25 ms longer.
    installed = package.parent / f"{NAME.replace('-', '_')}-{__version__}.dist-info"
    if not installed.is_dir():
        return ""
    try:
        recorded = (installed / "direct_url.json").read_text("utf-8")
        found = _direct(json.loads(recorded))
    except FileNotFoundError:
        found = f"{NAME}=={__version__}"
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return ""
    return found if _is_pinned(found) else ""


def pinned_requirement(text: str, requires: str) -> str:
    """Return a requirement from the command line, normalised for the config.

    Raises Invalid if it is not valid, not pinned, or installs a version outside the range ``requires``.
    """
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - slow to load
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    hint = str(_schema()["description"])
    try:
        read = Requirement(text)
    except InvalidRequirement as error:
        raise invalid(_OPTION, f"{text!r} is not a valid requirement: {str(error).splitlines()[0]}", hint) from None
    if read.extras or read.marker:
        raise invalid(_OPTION, f"{text!r} has extras or a marker", hint)
    normal = f"{read.name} @ {read.url}" if read.url else f"{read.name}{read.specifier}"
    if not _is_pinned(normal):
        raise invalid(_OPTION, f"{text!r} is not pinned to one publicly available version or commit", hint)
    version = normal.partition("==")[2]
    try:
        fits = not version or not requires or SpecifierSet(requires).contains(version, prereleases=True)
    except InvalidSpecifier:
        fits = True  # reported as a problem of the config
    if not fits:
        message = f"installs {version}, but requires in .scaffold/config.yaml is {requires!r}"
        raise invalid(_OPTION, message, "choose a matching version, or change requires")
    return normal


def _direct(data: Any) -> str:
    """Return the requirement for the data of ``direct_url.json``; ``""`` for a local folder or file."""
    url, below = str(data["url"]), data.get("subdirectory")
    if "vcs_info" in data:
        vcs, commit = data["vcs_info"]["vcs"], data["vcs_info"]["commit_id"]
        return f"{NAME} @ {vcs}+{url}@{commit}" + (f"#subdirectory={below}" if below else "")
    if "archive_info" in data:
        archive = data["archive_info"]
        digest = archive.get("hashes", {}).get("sha256") or str(archive.get("hash", "")).removeprefix("sha256=")
        return f"{NAME} @ {url}#sha256={digest}"
    return ""


def _is_pinned(text: str) -> bool:
    schema = _schema()
    return len(text) <= schema["maxLength"] and re.search(schema["pattern"], text) is not None


def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(assets.schema_text("config"))["properties"]["ci"]["properties"]["install"]
    return found
