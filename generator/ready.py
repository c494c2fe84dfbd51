"""What ``scaffold init`` writes: the config, git's files, and the ci unit, which has the workflows of a repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import __version__, config, origin, repository, spec
from .config import Config
from .errors import Invalid, invalid
from .pipeline import Pipeline, Unit
from .stage import STAGE
from .tree import CI, DOT_DIR, SPEC_NAME, join
from .worktree import Worktree, Write
from .writes import schema_writes, writes_of
from .yaml import dump, parse_one

_BRANCHES = ("main", "master")  # what the workflows listen to unless the config says otherwise
_ATTRIBUTES = (
    "# scaffold: locks are generated, and compared byte for byte\n",
    "scaffold.lock text eol=lf linguist-generated\n",
)
_IGNORED = ("# scaffold: state of a run\n", f"/{STAGE}/\n")
_CONFIG = """\
# yaml-language-server: $schema=schemas/config.schema.json
# What every unit of this repository shares. A unit is a folder with a scaffold.yaml.
requires: "{requires}"

# Who moves image tags: flux-v1 or none.
automation: {automation}

{ci}\
# Defaults for specs, by template; a spec's own value comes first.
#   defaults:
#     service:
#       replicas: 2
"""
_ABOUT_CI = "# How the workflows install scaffold, pinned, and the branches whose pushes start them.\n"
_NO_SOURCE = (
    "this scaffold was installed from a folder, which no other machine could follow: the workflows that need it, for "
    "drift and for end-to-end tests, are left out\n"
    "    name what they shall install, such as scaffold init --ci-install 'scaffold-config=={version}'"
)


@dataclass(frozen=True)
class Ready:
    """What has to be written, the ci unit as it will be (None where something else is in its place), and notes."""

    writes: tuple[Write, ...]
    unit: Unit | None
    notes: tuple[str, ...]


def ready(worktree: Worktree, automation: str | None, install: str | None) -> Ready:
    """Return what makes a repository ready, and nothing to write where it is.

    ``install`` is what workflows install; without it the config's, else what the running tool was installed by. A
    workflow that is in the way blocks the ci unit, and nothing else. Raises Invalid.
    """
    current = worktree.read(config.PATH)
    if current is None:
        text, settings = _new_config(worktree, automation, install)
    else:
        text, settings = _edited_config(current, automation, install)
    out = [] if text == current else [Write(config.PATH, current, text)]
    out += _git_writes(worktree)
    out += schema_writes(worktree)
    notes = [] if (settings.data.get("ci") or {}).get("install") else [_NO_SOURCE.format(version=__version__)]
    path = join(CI, SPEC_NAME)
    had = worktree.read(path)
    if had is not None and (other := spec.read(had, path).template) != "ci":
        notes = [f"{path} is the spec of a {other} unit, so that no workflows are made"]
        return Ready(tuple(out), None, tuple(notes))
    if had is None and (reason := repository.unseen(worktree.root, path)):
        raise invalid(path, f"would not be found by any command: {reason}", "change .gitignore")
    wanted = (
        had if had is not None else spec.write({"template": "ci", "name": "ci"}, f"../{DOT_DIR}/schemas/ci.schema.json")
    )
    unit = Pipeline(worktree, settings, pending={CI: wanted}).unit(CI)
    if unit.plan is None:
        raise unit.bug or Invalid(unit.problems)
    out += writes_of([unit], [] if wanted == had else [Write(path, had, wanted, unit=CI)])
    return Ready(tuple(out), unit, tuple(notes))


def _new_config(worktree: Worktree, automation: str | None, install: str | None) -> tuple[str, Config]:
    requires = config.compatible(__version__)
    branch = repository.default_branch(worktree.root)
    usual = branch in _BRANCHES or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", branch)
    pinned = origin.checked(install, requires) if install is not None else origin.requirement()
    ci: dict[str, Any] = {
        **({"install": pinned} if pinned else {}),
        **({} if usual else {"branches": [branch]}),
    }
    text = _CONFIG.format(
        requires=requires,
        automation=automation or "flux-v1",
        ci=f"{_ABOUT_CI}{dump({'ci': ci})}\n" if ci else "",
    )
    return text, config.read(text)


def _edited_config(current: str, automation: str | None, install: str | None) -> tuple[str, Config]:
    """Return the config that is there with what was given, every other byte kept."""
    settings = config.read(current)
    changes: dict[tuple[str, ...], Any] = {}
    if automation:
        changes["automation",] = automation
    if install is not None:
        changes["ci", "install"] = origin.checked(install, str(settings.data.get("requires", "")))
    elif not (settings.data.get("ci") or {}).get("install") and (found := origin.requirement()):
        changes["ci", "install"] = found
    if not changes:
        return current, settings
    node = parse_one(current, config.PATH)
    if node.shape == "scalar":  # nothing but comments
        joint = "" if not current or current.endswith("\n") else "\n"
        text = current + joint + dump(_nested(changes))
    else:
        text = spec.edit(current, config.PATH, changes)
    return text, config.read(text)


def _nested(changes: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for (first, *rest), value in changes.items():
        out[first] = {rest[0]: value} if rest else value
    return out


def _git_writes(worktree: Worktree) -> list[Write]:
    out = []
    for path, lines in ((".gitattributes", _ATTRIBUTES), (".gitignore", _IGNORED)):
        had = worktree.read(path)
        present = set((had or "").splitlines())
        missing = [line for line in lines if line.rstrip("\n") not in present]
        if [line for line in missing if not line.startswith("#")]:
            joint = "" if not had or had.endswith("\n") else "\n"
            out.append(Write(path, had, f"{had or ''}{joint}{''.join(missing)}"))
    return out
