"""Values files that a command or a deployment tool merges with others: ``helm -f a.yaml -f b.yaml``, Terraform, Fleet.

Only names are read, in the texts of Makefiles, scripts, workflows, documents, Terraform, Fleet, Skaffold and helmfiles;
a variable in a name stands for any text. Sources: https://helm.sh/docs/helm/helm_upgrade/,
https://fleet.rancher.io/ref-fleet-yaml, https://skaffold.dev/docs/deployers/helm/,
https://registry.terraform.io/providers/hashicorp/helm/latest/docs/resources/release,
https://helmfile.readthedocs.io/ (``helmfile.d``, ``environments``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ... import globs
from ..rule import Scope

_COMMANDS = re.compile(
    r"(?:^|/)(?:GNUmakefile|[Mm]akefile|[Jj]ustfile|Jenkinsfile|Tiltfile|Taskfile\.ya?ml|\.gitlab-ci\.ya?ml|[\w-]*pipelines?\.ya?ml)\Z"
    r"|\.(?:mk|sh|bash|zsh|ps1|md)\Z|(?:^|/)\.(?:github/workflows|gitlab|circleci|woodpecker|tekton)/[^/]+\.ya?ml\Z"
)
_TOOLS = re.compile(r"(?:^|/)(?:fleet\.ya?ml|skaffold\.ya?ml|helmfile[^/]*|helmfile\.d/[^/]+)\Z|\.tf\Z")
# A command line with helm, which goes on in the next line behind \, or with an option there.
_COMMAND = re.compile(r"\bhelm(?:3|\.exe)?[ \t][^\n\\]*+(?:(?:\\(?:\r?\n)?|\n[ \t]++(?=--?[a-z]))[^\n\\]*+)*+")
_SOURCE = re.compile(r"(?<!\S)(?:-f|--values|--set(?:-[a-z]+)?)(?=[ \t=\\\n])")
# What gives a release values beside those of files, by what its file is.
_MORE = re.compile(
    r"\bset(?:_sensitive|_list)?[ \t]*[={]|\byamlencode\b|\btemplatefile\b|\btargetCustomizations:"
    r"|\bset(?:Value\w*|s)?:|\bsecrets:|\benvironments:|\bvalues:[ \t]*(?:\{|\r?$)|\bvaluesFrom:",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"\$?\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|\$\([^()\n]*\)|\$\w+")
_NAME = re.compile(r"(?<![\w.*/@%~+-])[\w.*/@%~+-]+\.ya?ml")
_NEAR = 150  # characters between names of one list
_MAX_FILES = 2_000
_MAX_CHARACTERS = 200_000
_MAX_NAMES = 5_000


def is_merged_by_command(path: str, scope: Scope) -> bool:
    """Return whether a file of the repository has a command or a release that merges the values in a file with others.

    Nothing is looked for if the repository's files cannot be listed.
    """
    merged = _merged(scope)
    return any(one.fits(path) for key in (posixpath.basename(path), "") for one in merged.get(key, ()))


@dataclass(frozen=True)
class _Name:
    """A name of a file of values, as a glob of the end of its path; ``folder`` if it is one in that folder."""

    end: str
    folder: str | None = None

    def fits(self, path: str) -> bool:
        """Return whether a path may be meant."""
        if self.folder is not None and posixpath.dirname(path) != self.folder:
            return False
        return globs.matches(f"/{path}", f"*/{self.end}")


def _merged(scope: Scope) -> dict[str, list[_Name]]:
    """Return the names of values that are merged, by their last part, ``""`` if that has a variable."""
    known: dict[str, list[_Name]] | None = scope.memo.get("values_commands.merged")
    if known is None:
        known = scope.memo["values_commands.merged"] = {}
        found = {_name(posixpath.dirname(path), name) for path in _files(scope) for name in _names(path, scope)}
        for one in sorted(found, key=lambda one: (one.end, one.folder or ""))[:_MAX_NAMES]:
            last = posixpath.basename(one.end)
            known.setdefault("" if "*" in last else last, []).append(one)
    return known


def _files(scope: Scope) -> Iterator[str]:
    wanted = (one for one in scope.listed() if _COMMANDS.search(one) or _TOOLS.search(one))
    for _, path in zip(range(_MAX_FILES), wanted, strict=False):
        yield path
        if "helmfile" in path and "helmfiles:" in (text := scope.read(path) or ""):
            below = (posixpath.join(posixpath.dirname(path), one) for one in _NAME.findall(text)[:_MAX_FILES])
            yield from (one for one in map(posixpath.normpath, below) if scope.exists(one))


def _names(path: str, scope: Scope) -> Iterator[str]:
    text = scope.read(path) or ""
    if len(text) > _MAX_CHARACTERS or not re.search(r"\.ya?ml", text):
        return
    if _COMMANDS.search(path):
        for one in _COMMAND.finditer(text):
            if len(_SOURCE.findall(one[0])) > 1:
                yield from _NAME.findall(_VARIABLE.sub("*", one[0]))
    elif not path.endswith(".tf") or "helm_release" in text:
        yield from _listed(_VARIABLE.sub("*", text))


def _listed(text: str) -> Iterator[str]:
    """Yield the names that are near others, or in a text that gives releases more values."""
    found = list(_NAME.finditer(text))
    several = bool(_MORE.search(text))
    for before, one, after in zip([None, *found], found, [*found[1:], None], strict=False):
        near = (before and one.start() - before.end() < _NEAR) or (after and after.start() - one.end() < _NEAR)
        if several or near:
            yield one[0]


def _name(folder: str, written: str) -> _Name:
    """Return a name in a file of a folder by its plain part.

    A name that is a variable is one in the folder of its file, or anywhere if a variable names the folder too.
    """
    parts = [one for one in written.split("/") if one not in {"", ".", ".."}]
    given = len(parts)
    while len(parts) > 1 and not parts[0].strip("*"):
        parts = parts[1:]
    is_open = len(parts) == 1 and not parts[0].rpartition(".")[0].strip("*")
    return _Name("/".join(parts), folder if is_open and given == 1 else None)
