"""Fails every call of the C library that a command makes about its repository, once each, and looks at what is left.

``python -m tests.faults.harness`` runs the whole table, all errors of every call, and prints it for docs/dev/faults.md.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
ERRORS = ("EIO", "ENOSPC", "EPERM", "EINTR")
# What changes the disk: here a run is also killed, and here the disk also stays broken from that call on.
CHANGING = ("write", "rename", "renameat2", "link", "unlink", "rmdir", "mkdir", "chmod", "sync")
# What the short run leaves out, and the whole table has with one error: nothing of the data depends on these.
MINOR = ("close", "fstat", "access")
Snapshot = dict[str, tuple[int, bytes]]

TEMPLATE = {
    "cookiecutter.json": '{"name": "", "size": 1, "extra": false}\n',
    "version": "1\n",
    "schema.json": json.dumps(
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["template", "name"],
            "properties": {
                "template": {"const": "tiny"},
                "name": {"type": "string"},
                "size": {"type": "integer", "default": 1},
                "extra": {"type": "boolean", "default": False},
                "files": {"type": "object"},
            },
        }
    ),
    "{{cookiecutter.name}}/main.yaml": (
        "name: {{ cookiecutter.name }}\nsize: {{ cookiecutter.size }}\nfixed: 1\n\nlast: 2\n"
    ),
    "{{cookiecutter.name}}/below/more.yaml": "size: {{ cookiecutter.size }}\n",
    "{{cookiecutter.name}}/extra/file.yaml": "{% if cookiecutter.extra %}extra: true\n{% endif %}",
}


@dataclass(frozen=True)
class Call:
    """The N-th call of a function, and the path that it was about."""

    function: str
    number: int
    path: str


@dataclass(frozen=True)
class Fault:
    """A call that goes wrong: with an error once (mode 0), with it from then on (1), or by a kill (2)."""

    call: Call
    error: str
    mode: int = 0

    @property
    def column(self) -> str:
        return {0: self.error, 1: f"{self.error} from then on", 2: "killed"}[self.mode]


@dataclass
class Scenario:
    """A command, the repository before it, and the trees before and after."""

    name: str
    arguments: tuple[str, ...]
    source: Path
    before: Snapshot = field(default_factory=dict)
    after: Snapshot = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    regenerated: dict[str, Snapshot] = field(default_factory=dict)
    without: str = ""


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


class Harness:
    """The server that runs scaffold with faults, and a folder to run it in."""

    def __init__(self, work: Path) -> None:
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        self.library = work / "faults.so"
        cc = compiler()
        assert cc, "no C compiler"
        options = ("-O1", "-Wall", "-Werror", "-shared", "-fPIC")
        subprocess.run([cc, *options, "-o", str(self.library), str(HERE / "faults.c"), "-ldl"], check=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GIT_"))}
        environment |= {"LD_PRELOAD": str(self.library), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        self.server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server", str(self.library)],
            cwd=TOP,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        assert self.server.stdin
        self.server.stdin.close()
        self.server.wait(timeout=30)

    def run(
        self, root: Path, arguments: Sequence[str], fault: Fault | None = None, log: bool = False, without: str = ""
    ) -> tuple[str, str]:
        """Run a command at ``root``; return its exit code, or "hang", and what it said on stderr."""
        assert self.server.stdin
        assert self.server.stdout
        number = getattr(errno, fault.error) if fault else 0
        job = {
            "root": str(root),
            "folders": str(root),
            "arguments": list(arguments),
            "out": str(self.work / "out"),
            "err": str(self.work / "err"),
            "log": str(self.work / "log") if log else "",
            "function": fault.call.function if fault else "",
            "number": fault.call.number if fault else 0,
            "errno": number,
            "mode": fault.mode if fault else 0,
            "without": without,
        }
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        code = self.server.stdout.readline().strip()
        return code, (self.work / "err").read_text("utf-8", "replace")

    def scenario(self, name: str, without: str = "") -> Scenario:
        """Build the repository of a scenario, and list the calls that its command makes.

        ``without`` is a function that the system does not have.
        """
        source = self.work / "source" / name
        made = Scenario(name, (ARGUMENTS | MOVING)[name], source, without=without)
        if not source.exists():
            prepare(self, source)
        made.before = snapshot(source)
        root = self.fresh(made)
        code, err = self.run(root, made.arguments, log=True, without=without)
        assert code == "0", err
        made.after = snapshot(root)
        lines = (self.work / "log").read_text().splitlines()
        command(self, root, "regenerate")
        made.regenerated["after"] = snapshot(root)
        command(self, self.fresh(made), "regenerate")
        made.regenerated["before"] = snapshot(root)
        for line in lines:
            function, number, path = line.split("\t", 2)
            made.calls.append(Call(function, int(number), path.removeprefix(str(root))))
        return made

    def fresh(self, scenario: Scenario) -> Path:
        root = self.work / "run"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(scenario.source, root, symlinks=True)
        return root

    def outcome(self, scenario: Scenario, fault: Fault, *, thorough: bool = False) -> tuple[str, list[str]]:
        """Return what a fault ended with, in words, and everything about it that must not be."""
        root = self.fresh(scenario)
        code, err = self.run(root, scenario.arguments, fault, without=scenario.without)
        now = snapshot(root)
        wrong = []
        if code not in ({"-9", "0", "2"} if fault.mode == 2 else {"0", "2", "130"}):
            wrong.append(f"exit code {code}")
        if code in {"2", "130"} and not err.strip():
            wrong.append("no message")
        if "Traceback" in err or "has a bug" in err:
            wrong.append("a bug")
        if code == "0" and now != scenario.after:
            wrong.append("exit code 0, and not all is done")
        for path in {*now, *scenario.before, *scenario.after}:
            if now.get(path) not in (scenario.before.get(path), scenario.after.get(path)):
                wrong.append(f"{path} is neither as before nor as after")
        state = "after" if now == scenario.after else "before" if now == scenario.before else "between"
        if state == "between" or pending(root) or thorough:
            wrong += self._recovered(scenario, root, state)
        words = {"after": "all done", "before": "nothing done", "between": "finished by the next run"}[state]
        if state != "between" and pending(root):
            words = "finished by the next run"
        return ("0" if code == "0" else "killed" if code == "-9" else code) + f": {words}", wrong

    def _recovered(self, scenario: Scenario, root: Path, state: str) -> Iterator[str]:
        had = pending(root)
        code, err = self.run(root, ["regenerate"])
        after = snapshot(root)
        wanted = scenario.regenerated["before" if state == "before" and not had else "after"]
        if code != "0":
            yield f"the next run ends with {code}: {err}"
        if after != wanted:
            differing = [one for one in {*after, *wanted} if after.get(one) != wanted.get(one)]
            yield f"the next run does not finish it: {sorted(differing)}"
        if (root / ".scaffold/stage").exists() or pending(root):
            yield "the next run leaves something of the one before"


ARGUMENTS = {
    "regenerate": ("regenerate",),
    "new-service": ("new-service", "search", "--image", "ghcr.io/example/search:1.2.3", "--no-e2e"),
}
# Whole folders move or go: each call that changes the disk goes wrong, once and with a kill.
MOVING = {"mv": ("mv", "units/edited", "moved/deep/er"), "rm": ("rm", "units/edited", "units/orphan", "--theirs")}


def prepare(harness: Harness, root: Path) -> None:
    """Make a repository with an edited file, one behind, a missing one, an orphan, a new unit and an own template."""
    root.mkdir(parents=True)
    for arguments in (("init", "--quiet", "--template=", "--initial-branch=main", "."),):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    command(harness, root, "init", "--automation", "flux-v1")
    shutil.rmtree(root / ".github", ignore_errors=True)
    for path, text in TEMPLATE.items():
        write(root / ".scaffold/templates/tiny" / path, text)
    for name in ("edited", "missing", "orphan"):
        extra = "extra: true\n" if name == "orphan" else ""
        write(root / f"units/{name}/scaffold.yaml", f"template: tiny\nname: {name}\n{extra}")
    command(harness, root, "regenerate")
    main = root / "units/edited/main.yaml"
    main.write_text(main.read_text().replace("last: 2", "last: 3 # mine"))
    write(root / "units/edited/scaffold.yaml", "template: tiny\nname: edited\nsize: 2\n")
    (root / "units/missing/main.yaml").unlink()
    write(root / "units/orphan/scaffold.yaml", "template: tiny\nname: orphan\n")
    write(root / "deep/er/new/scaffold.yaml", "template: tiny\nname: new\nextra: true\n")
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)


def command(harness: Harness, root: Path, *arguments: str) -> None:
    code, err = harness.run(root, arguments)
    assert code == "0", err


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def snapshot(root: Path) -> Snapshot:
    """Return mode and bytes of every file but git's own and what waits in the stage."""
    found: Snapshot = {}
    for base, folders, files in os.walk(root):
        folders[:] = [one for one in folders if one not in {".git", "stage"}]
        for name in files:
            path = Path(base, name)
            found[path.relative_to(root).as_posix()] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
    return found


def pending(root: Path) -> bool:
    return any((root / ".git/scaffold").glob("*/journal.json"))


def short(calls: Sequence[Call]) -> Iterator[Fault]:
    """Yield every call once, the errors taking turns, and a kill at every call that changes the disk."""
    turn = 0
    for call in calls:
        if call.function not in MINOR:
            turn += 1
            yield Fault(call, ERRORS[turn % len(ERRORS)])
        if call.function in CHANGING:
            yield Fault(call, "EIO", 2)


def whole(calls: Sequence[Call]) -> Iterator[Fault]:
    """Yield every call with every error, from then on too where the disk is changed, and with a kill there."""
    for call in calls:
        for error in ERRORS[:1] if call.function in MINOR else ERRORS:
            yield Fault(call, error)
        if call.function in CHANGING:
            yield Fault(call, "EIO", 1)
            yield Fault(call, "ENOSPC", 1)
            yield Fault(call, "EIO", 2)


def table(counts: Counter[tuple[str, str, str]], calls: Counter[str]) -> str:
    """Return a table in Markdown: calls by function, and of each fault how many runs ended in which way."""
    lines = ["| function | calls | fault | outcome | runs |", "| --- | ---: | --- | --- | ---: |"]
    for (function, column, outcome), number in sorted(counts.items()):
        lines.append(f"| {function} | {calls[function]} | {column} | {outcome} | {number} |")
    return "\n".join(lines)


def main() -> int:
    chosen = [one for one in sys.argv[1:] if "/" not in one] or list(ARGUMENTS)
    part, parts = next((map(int, one.split("/")) for one in sys.argv[1:] if "/" in one), (1, 1))
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(Path(folder).resolve())
        for name in chosen:
            scenario = harness.scenario(name)
            counts: Counter[tuple[str, str, str]] = Counter()
            faults = list(whole(scenario.calls))[part - 1 :: parts]
            for fault in faults:
                outcome, wrong = harness.outcome(scenario, fault, thorough=True)
                counts[fault.call.function, fault.column, outcome] += 1
                for one in wrong:
                    bad += 1
                    print(f"{fault.column} at {fault.call}: {one}", file=sys.stderr, flush=True)
            print(f"## `scaffold {name}`\n\n{len(scenario.calls)} calls, {len(faults)} runs, {bad} of them wrong.\n")
            print(table(counts, Counter(one.function for one in scenario.calls)), flush=True)
        harness.close()
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
