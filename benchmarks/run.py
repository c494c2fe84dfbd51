"""Measures scaffold against its performance targets.

Everything is a cold process in a temporary folder; what is compared runs in turns, and the median counts. The peers are
cookiecutter and check-jsonschema, which are installed with scaffold, actionlint, cruft and copier; where one is missing
its comparison is skipped, and the table says so.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import merging
from fleet import CHANGED_VALUE, DEPLOYMENT, Fleet
from measure import BenchmarkError, Row, Runner, alternate, at_most, faster, skipped, table, within
from peers import HASH, Checkers, Peers, copier_projects, cruft_projects

PROJECT = Path(__file__).resolve().parent.parent
TOUCHED = (3, 1014, 7025)


@dataclass
class Bench:
    """One run: how much of what, where, with which commands."""

    folder: Path
    runner: Runner
    peers: Peers
    scaffold: Path
    size: int
    large: int | None
    huge: int | None
    tree: Path | None
    fleets: dict[int, Fleet] = field(default_factory=dict)

    def fleet(self, size: int) -> Fleet:
        """Return the repository of that size, made once."""
        if size not in self.fleets:
            note(f"making {size:,} units")
            self.fleets[size] = Fleet.build(self.folder / f"fleet-{size}", size, self.scaffold, self.runner)
        return self.fleets[size]


def note(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def version(bench: Bench) -> Iterator[Row]:
    work = "--version, against cookiecutter --version"
    cookiecutter = bench.peers.beside("cookiecutter")
    if cookiecutter is None:
        yield skipped(work, "cookiecutter")
        return
    run, here = bench.runner.run, bench.folder
    ours, peer = alternate(
        15, lambda _: run([bench.scaffold, "--version"], here), lambda _: run([cookiecutter, "--version"], here)
    )
    yield at_most(work, ours, peer, 0.5)


def new_service(bench: Bench) -> Iterator[Row]:
    work = "new-service, against cookiecutter"
    cookiecutter = bench.peers.beside("cookiecutter")
    if cookiecutter is None:
        yield skipped(work, "cookiecutter")
        return
    root, out = bench.folder / "one", bench.folder / "cookiecutter"
    for path in (root, out):
        path.mkdir()
    bench.runner.git(root, "init", "--quiet", ".")
    bench.runner.run([bench.scaffold, "init", "--quiet", "--automation", "flux-v1"], root)
    image, template = "ghcr.io/example/app", PROJECT / "templates" / "service"
    scaffold: list[str | Path] = [bench.scaffold, "new-service"]
    command: list[str | Path] = [cookiecutter, "--no-input", "--output-dir", out, template]

    def ours(number: int) -> float:
        return bench.runner.run([*scaffold, f"app-{number}", "--image", image, "--replicas", "2", "--quiet"], root)

    def theirs(number: int) -> float:
        values = [f"name=app-{number}", f"image={image}", "replicas=2"]
        return bench.runner.run([*command, *values], out)

    mine, peer = alternate(11, ours, theirs)
    made = {path.relative_to(out / "app-1"): path.read_bytes() for path in (out / "app-1").rglob("*.yaml")}
    made = {path: data for path, data in made.items() if data.strip()}  # scaffold writes no blank file
    same = all((root / "services" / "app-1" / path).read_bytes() == data for path, data in made.items())
    if not made or not same:
        raise BenchmarkError("cookiecutter and new-service did not make the same files")
    yield at_most(work, mine, peer, 1.0)


def diff(bench: Bench) -> Iterator[Row]:
    fleet = bench.fleet(bench.size)
    hashing = [sys.executable, "-c", HASH]
    ours, hashed = alternate(7, lambda _: fleet.diff(), lambda _: bench.runner.run(hashing, fleet.root))
    yield within(f"diff, {fleet.size:,} units", ours, 1.0)
    yield at_most(f"diff, {fleet.size:,} units, against hashing the same files", ours, hashed, 6)
    work, cruft = "diff, a unit, against cruft check", bench.peers.find("cruft")
    if cruft is None:
        yield skipped(work, "cruft")
        return
    projects = cruft_projects(cruft, fleet, bench.folder, bench.runner)
    (peer,) = alternate(
        len(projects), lambda number: bench.runner.run([cruft, "check"], projects[number % len(projects)])
    )
    yield faster(work, ours / fleet.size, peer, 400)


def large(bench: Bench) -> Iterator[Row]:
    if bench.large is None:
        return
    small, fleet = bench.fleet(bench.size), bench.fleet(bench.large)
    one, ten = alternate(5, lambda _: small.diff(), lambda _: fleet.diff())
    yield within(f"diff, {fleet.size:,} units", ten, 2.0)
    yield at_most(f"diff, {fleet.size:,} units, against {small.size:,}", ten, one, 11)
    yield _peak(bench, fleet)


def huge(bench: Bench) -> Iterator[Row]:
    if bench.huge is None:
        note("skipped: it takes minutes; --huge runs it")
        return
    fleet = bench.fleet(bench.huge)
    (ours,) = alternate(1, lambda _: fleet.diff())
    yield within(f"diff, {fleet.size:,} units", ours, 25.0)
    yield _peak(bench, fleet)


def _peak(bench: Bench, fleet: Fleet) -> Row:
    peak = bench.runner.peak([bench.scaffold, "diff"], fleet.root)
    return within(f"diff, {fleet.size:,} units, peak memory of a process", peak, 300, "MB")


def changed(bench: Bench) -> Iterator[Row]:
    fleet = bench.fleet(bench.large or bench.size)
    numbers = [one % fleet.size for one in TOUCHED]
    for number in numbers:
        fleet.edit(number)
    fleet.commit("three edits")
    (ours,) = alternate(7, lambda _: fleet.diff("--changed-since", "HEAD~1"))
    yield within(f"diff --changed-since, {len(numbers)} of {fleet.size:,}", ours, 0.35)


def validate(bench: Bench) -> Iterator[Row]:
    fleet = bench.fleet(bench.size)
    whole, alone = alternate(5, lambda _: fleet.validate(), lambda _: fleet.validate("--jobs", "1"))
    yield within(f"validate, {fleet.size:,} units", whole, 2.5)
    yield Row(f"validate --jobs 1, {fleet.size:,} units", alone, None, "", "", True)
    numbers = [one % fleet.size for one in TOUCHED]
    for number in numbers:
        fleet.edit(number)
    (part,) = alternate(5, lambda _: fleet.validate("--changed-since", "HEAD"))
    bench.runner.git(fleet.root, "reset", "--quiet", "--hard")
    yield within(f"validate --changed-since, {len(numbers)} of {fleet.size:,}", part, 1.0)


def validate_peers(bench: Bench) -> Iterator[Row]:
    fleet = bench.fleet(bench.size)
    work, checkers = (
        "validate, against check-jsonschema and actionlint",
        Checkers.found(bench.peers, fleet, bench.folder),
    )
    if checkers is None:
        yield skipped(work, "check-jsonschema or actionlint")
        return
    ours, peer = alternate(3, lambda _: fleet.validate(), lambda _: checkers.run(fleet))
    yield at_most(work, ours, peer, 0.5)


def validate_tree(bench: Bench) -> Iterator[Row]:
    tree = bench.tree
    if tree is None:
        yield skipped("validate, the tree of another repository", "--tree")
        return
    count = sum(1 for one in tree.rglob("*") if one.suffix in {".yaml", ".yml"} and one.is_file())
    command: list[str | Path] = [bench.scaffold, "validate", ".", "--format", "json"]
    (ours,) = alternate(5, lambda _: bench.runner.run(command, tree, expect=1))
    yield within(f"validate, {tree.name} ({count:,} YAML files)", ours, 6.0)


def regenerate(bench: Bench) -> Iterator[Row]:
    fleet = bench.fleet(bench.size)

    def ours(_: int) -> float:
        fleet.fall_behind()
        return fleet.regenerate()

    (mine,) = alternate(3, ours)
    fleet.diff()
    bench.runner.git(fleet.root, "reset", "--quiet", "--hard")
    yield within(f"regenerate, {fleet.size:,} units behind", mine, 2.0)
    work, copier = "regenerate, a unit, against copier update", bench.peers.find("copier")
    if copier is None:
        yield skipped(work, "copier")
        return
    projects = copier_projects(copier, fleet, bench.folder, bench.runner)

    def theirs(number: int) -> float:
        project = projects[number % len(projects)]
        bench.runner.git(project, "reset", "--quiet", "--hard")
        seconds = bench.runner.run([copier, "update", "--quiet", "--defaults"], project)
        if CHANGED_VALUE not in (project / DEPLOYMENT).read_text("utf-8"):
            raise BenchmarkError(f"copier did not update {project.name}")
        return seconds

    (peer,) = alternate(len(projects), theirs)
    yield faster(work, mine / fleet.size, peer, 80)


BENCHES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "version": version,
    "new-service": new_service,
    "diff": diff,
    "large": large,
    "huge": huge,
    "changed-since": changed,
    "validate": validate,
    "validate-peers": validate_peers,
    "validate-tree": validate_tree,
    "regenerate": regenerate,
    "merge-large": lambda _: merging.large(),
    "merge-linear": lambda _: merging.linear(),
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="100 units, and no 10,000; the targets are for 1,000")
    parser.add_argument("--only", choices=BENCHES, action="append", help="one of the measurements; repeatable")
    parser.add_argument("--huge", action="store_true", help="also 100,000 units, which take minutes and 4 GB to make")
    parser.add_argument("--tree", type=Path, metavar="DIR", help="a tree of many YAML files with findings to validate")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="folder with the commands cruft and copier")
    return parser.parse_args()


def main() -> None:
    given = options()
    peers = Peers(given.peers.absolute() if given.peers else None)
    scaffold = peers.beside("scaffold")
    if scaffold is None:
        sys.exit(f"scaffold is not installed beside {sys.executable}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="scaffold-bench-") as name:
        folder = Path(name).resolve()
        home = folder / "home"
        home.mkdir()
        size, most = (100, None) if given.quick else (1000, 10_000)
        tree = given.tree.absolute() if given.tree else None
        bench = Bench(folder, Runner(home), peers, scaffold, size, most, 100_000 if given.huge else None, tree)
        try:
            for one in given.only or BENCHES:
                note(one)
                rows.extend(BENCHES[one](bench))
        except BenchmarkError as error:
            sys.exit(str(error))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; medians of cold processes")
    print(table(rows))
    if given.quick:
        print("Quick: starting Python weighs more than in the full run, which the targets are for.")


if __name__ == "__main__":
    main()
