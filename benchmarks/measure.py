"""Times cold processes, and holds what was measured against a target."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# A small process between, because a child's peak begins with the size of the process that started it.
_PEAK = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
_SHOWN = 2000


class BenchmarkError(Exception):
    """A command did not do what its figure is about."""


@dataclass(frozen=True)
class Row:
    """One line of the table; ``peer`` is None where nothing was compared, ``met`` where nothing was measured."""

    work: str
    ours: float | None
    peer: float | None
    ratio: str
    target: str
    met: bool | None
    unit: str = "s"


@dataclass(frozen=True)
class Runner:
    """Runs commands far from the user's settings: with a home, a git identity and a cookiecutter folder of its own."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process that is started."""
        git = {f"GIT_{role}_{what}": "bench" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        extra = {"HOME": str(self.home), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}
        # Installed packages have their modules compiled; without this, an editable one may be compiled in every run.
        compiled = {"PYTHONPYCACHEPREFIX": str(self.home / "compiled")}
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        return kept | git | extra | compiled

    def run(self, command: Sequence[str | Path], where: Path, expect: int = 0) -> float:
        """Run a command and return its seconds. Raises BenchmarkError if it does not end with ``expect``."""
        arguments = [str(one) for one in command]
        with (self.home / "output").open("w+b") as output:
            start = time.perf_counter()
            code = subprocess.run(
                arguments,
                cwd=where,
                env=self.environment,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            ).returncode
            seconds = time.perf_counter() - start
            if code != expect:
                output.seek(0)
                text = output.read()[-_SHOWN:].decode("utf-8", "replace")
                raise BenchmarkError(f"{' '.join(arguments)[:_SHOWN]} ended with {code}, not {expect}:\n{text}")
        return seconds

    def git(self, where: Path, *arguments: str) -> None:
        """Run git, without its housekeeping."""
        self.run(["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *arguments], where)

    def peak(self, command: Sequence[str | Path], where: Path, expect: int = 0) -> float:
        """Return the most memory that one process of a command had, in MB. Raises BenchmarkError as ``run`` does."""
        arguments = [sys.executable, "-c", _PEAK, *(str(one) for one in command)]
        done = subprocess.run(
            arguments,
            cwd=where,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        code, kilobytes = (int(one) for one in done.stdout.split())
        if code != expect:
            raise BenchmarkError(f"{' '.join(arguments[3:])} ended with {code}, not {expect}:\n{done.stderr[-_SHOWN:]}")
        return kilobytes / (1024 if sys.platform != "darwin" else 1024 * 1024)


def alternate(times: int, *works: Callable[[int], float]) -> list[float]:
    """Return the median seconds of each work, which takes the number of the repetition; in turns, the first unmeasured.

    In turns, because what else the machine does then slows all of them alike.
    """
    taken: list[list[float]] = [[] for _ in works]
    for number in range(times + 1):
        for work, seconds in zip(works, taken, strict=True):
            seconds.append(work(number))
    return [statistics.median(seconds[1:]) for seconds in taken]


def at_most(work: str, ours: float, peer: float, limit: float) -> Row:
    """Return a row whose ratio is ours by the peer's."""
    ratio = ours / peer
    return Row(work, ours, peer, f"{ratio:.2f}x", f"<= {limit:g}x", ratio <= limit)


def faster(work: str, ours: float, peer: float, limit: float) -> Row:
    """Return a row whose ratio is the peer's by ours."""
    ratio = peer / ours
    return Row(work, ours, peer, f"{ratio:.0f}x faster", f">= {limit:g}x", ratio >= limit)


def within(work: str, ours: float, limit: float, unit: str = "s") -> Row:
    """Return a row without a peer."""
    return Row(work, ours, None, "", f"<= {limit:g} {unit}", ours <= limit, unit)


def skipped(work: str, peer: str) -> Row:
    """Return the row of a comparison that needs a peer which is not there."""
    return Row(work, None, None, f"{peer} not found", "", None)


def table(rows: Sequence[Row]) -> str:
    """Return rows as text in columns."""
    cells = [("work", "ours", "peer", "ratio", "target", "met")]
    for row in rows:
        met = "skipped" if row.met is None else "" if not row.target else "yes" if row.met else "NO"
        cells.append((row.work, _number(row.ours, row.unit), _number(row.peer, row.unit), row.ratio, row.target, met))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [_aligned(line, widths) for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = {1, 2}
    columns = enumerate(zip(cells, widths, strict=True))
    return "  ".join(one.rjust(width) if n in numbers else one.ljust(width) for n, (one, width) in columns).rstrip()


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.0f} {unit}" if unit != "s" else f"{value:.3f} s" if value >= 0.02 else f"{value * 1000:.3f} ms"
