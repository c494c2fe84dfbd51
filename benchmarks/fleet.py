"""A repository of many services, as a company has one: distinct values, a tenth edited by hand, all committed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from measure import BenchmarkError, Runner

CONFIG = ".scaffold/config.yaml"
DEPLOYMENT = "deploy/deployment.yaml"
MIN_FILES = 6
EDITED = 10  # one of so many
_SPEC = """\
template: service
name: {name}
image: ghcr.io/example/team-{team}/{name}
tag: master-{number:07x}
port: {port}
replicas: 2
env:
  REGION: region-{region}
  SHARD: "{number}"
"""
_COMMENT = ("      serviceAccountName:", "      # Reviewed by team {number}: must stay below the quota.\n")
_VARIABLE = ("            - name: SHARD\n", "            - name: EDITED_BY_HAND\n              value: hand-{number}\n")
_CHANGE = "\ndefaults:\n  service:\n    resources:\n      limits:\n        memory: 512Mi\n"
CHANGED_VALUE = "memory: 512Mi"


@dataclass(frozen=True)
class Fleet:
    """A repository with ``size`` services, clean in git."""

    root: Path
    size: int
    scaffold: Path
    runner: Runner

    @classmethod
    def build(cls, root: Path, size: int, scaffold: Path, runner: Runner, per_run: int = 20_000) -> Fleet:
        """Make the repository: specs, ``regenerate`` for up to ``per_run`` units at once, edits, one commit."""
        root.mkdir(parents=True)
        fleet = cls(root, size, scaffold, runner)
        runner.git(root, "init", "--quiet", ".")
        runner.run([scaffold, "init", "--quiet", "--automation", "flux-v1"], root)
        for number in range(size):
            fleet._write_spec(number)
        parts = -(-size // per_run)  # the journal of a run is bounded
        for part in range(1, parts + 1):
            runner.run([scaffold, "regenerate", "--quiet", "--shard", f"{part}/{parts}"], root)
        for number in fleet.edited:
            fleet.edit(number)
        fleet.commit("services")
        count = sum(1 for one in fleet.unit(0).rglob("*") if one.is_file()) - 2
        if count < MIN_FILES:
            raise BenchmarkError(f"a unit has {count} generated files, and the targets are for {MIN_FILES} or more")
        return fleet

    @property
    def edited(self) -> range:
        """The numbers of the services that were edited."""
        return range(0, self.size, EDITED)

    def unit(self, number: int) -> Path:
        """Return the folder of a service."""
        return self.root / "services" / f"service-{number:05}"

    def edit(self, number: int) -> None:
        """Edit a deployment as people do: a comment in some, an environment variable in others."""
        path = self.unit(number) / DEPLOYMENT
        text = path.read_text("utf-8")
        anchor, added = _COMMENT if number // EDITED % 2 else _VARIABLE
        if text.count(anchor) != 1:
            raise BenchmarkError(f"{path} has {anchor.strip()!r} {text.count(anchor)} times, not once")
        path.write_text(text.replace(anchor, added.format(number=number) + anchor), "utf-8")

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.runner.git(self.root, "add", "--all")
        self.runner.git(self.root, "commit", "--quiet", "--message", message)
        self.runner.git(self.root, "status", "--short")  # brings the index up to date, as a checkout leaves it

    def diff(self, *options: str) -> float:
        """Return the seconds of ``scaffold diff``, which must find nothing to do."""
        return self.runner.run([self.scaffold, "diff", *options], self.root)

    def validate(self, *options: str) -> float:
        """Return the seconds of ``scaffold validate``, which must find nothing above ``info``."""
        return self.runner.run([self.scaffold, "validate", *options], self.root)

    def fall_behind(self) -> None:
        """Change a default, so that every unit is behind."""
        self.runner.git(self.root, "reset", "--quiet", "--hard")
        path = self.root / CONFIG
        path.write_text(path.read_text("utf-8").rstrip("\n") + _CHANGE, "utf-8")

    def regenerate(self) -> float:
        """Return the seconds of ``scaffold regenerate``, after which every edit and the change must be there."""
        seconds = self.runner.run([self.scaffold, "regenerate", "--quiet"], self.root)
        for number in range(self.size):
            text = (self.unit(number) / DEPLOYMENT).read_text("utf-8")
            added = (_COMMENT if number // EDITED % 2 else _VARIABLE)[1].format(number=number)
            if CHANGED_VALUE not in text or (number in self.edited and added not in text):
                raise BenchmarkError(f"{self.unit(number)} lost an edit, or was not regenerated")
        return seconds

    def _write_spec(self, number: int) -> None:
        folder = self.unit(number)
        folder.mkdir(parents=True)
        name = folder.name
        text = _SPEC.format(name=name, number=number, team=number % 37, region=number % 7, port=1024 + number % 50000)
        (folder / "scaffold.yaml").write_text(text, "utf-8")
