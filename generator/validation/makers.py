"""What may make a file that does not exist: git ignores it, or a Makefile, script, program or workflow names it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

from .. import repository
from ..git import ANY, git

_MOST = 100  # files of a run that are looked for; more of them are not reported
# Files that name others, but make none.
_PASSIVE = re.compile(r"\.(?:ya?ml|json|md|rst|adoc|txt|html?|svg|toml|lock)\Z|(?:^|/)(?:Kustomization|LICENSE)\Z")
_ACTIVE = re.compile(
    r"(?:^|/)\.(?:github|gitlab|circleci|forgejo|gitea|woodpecker|drone|buildkite|tekton|azure)[^/]*/"
    r"|(?:^|/)(?:\.gitlab-ci|\.travis|\.drone|\.woodpecker|[Tt]askfile|skaffold|azure-pipelines|cloudbuild|buildspec)[^/]*\Z"
    r"|(?:^|/)(?:\.?mise|CMakeLists)[^/]*\Z|(?:^|/)pyproject\.toml\Z|(?:^|/)package\.json\Z"
)
# Before the name of a file that a command in any text writes: a plugin's, a description's.
_WRITING = (">", "> ", "tee ", "-o ", "-o=", "--output ", "--output=", "touch ")


@dataclass
class Makers:
    """Looks for what may make files below a folder; ``known`` has the answers by path."""

    root: Path
    known: dict[str, bool] = field(default_factory=dict)

    def is_made(self, path: str) -> bool:
        """Tell whether something may make the file or folder at a path."""
        if "\0" in path:  # of no file
            return False
        if path not in self.known:
            self.known[path] = len(self.known) >= _MOST or self._is_made(path)
        return self.known[path]

    def _is_made(self, path: str) -> bool:
        if git(self.root, "check-ignore", "--quiet", "--", path, refusals=ANY) is not None:
            return True
        name = posixpath.basename(path)
        if "." not in name:  # the name of a folder is a word that many files have
            name = "/".join(path.split("/")[-2:])
        mentioning = repository.mentioning(self.root, [name]) if name else None
        if any(_ACTIVE.search(one) or not _PASSIVE.search(one) for one in mentioning or ()):
            return True
        written = [f"{sign}{before}{name}" for sign in _WRITING for before in ("", "./")] if mentioning else []
        return bool(written) and bool(repository.mentioning(self.root, written))
