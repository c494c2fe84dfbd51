"""How faithfully the merge edits other people's YAML, and how long it takes.

One edit of every sort is made in every YAML file below a folder, some of them also with CRLF, a byte order mark or
without a final newline. Ours is the file as it is, base a plain dump of its data, theirs a plain dump of the edited
data: the merge has to find one change between two texts that look nothing like the file, and make it there. An
independent judge (tests/merge/yamledits.py) holds each result against the file. ruamel.yaml makes the same edits
beside it.

The folder is the argument, else SCAFFOLD_CORPUS, else a corpus beside the repository; nothing of it is kept.
"""

from __future__ import annotations

import argparse
import io
import platform
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.merge import Settle, merge
from tests.merge import yamledits
from tests.merge.yamledits import Edit, Verdict
from tests.support import corpus, yamltext

VARIANTS: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": lambda text: f"{yamltext.BOM}{text}",
    "no final newline": lambda text: text.rstrip("\n"),
}
PART = 9  # one file of so many is also edited in each variant
SMALL = 20_000
GOAL = 0.999
PERFECT = Verdict()
EVERYTHING = Settle(theirs=frozenset({""}))


@dataclass(frozen=True)
class Task:
    """One edit of one text, with what the merge is given beside it."""

    name: str
    variant: str
    text: str
    edit: Edit
    base: str
    theirs: str


@dataclass(frozen=True)
class Result:
    """How an edit went: whether the merge rightly ``asked`` first, or reported a needless ``conflict``."""

    task: Task
    seconds: float
    verdict: Verdict = PERFECT
    asked: bool = False
    conflict: bool = False
    error: str = ""

    @property
    def perfect(self) -> bool:
        """Whether there is nothing to complain of."""
        return not (self.verdict.faults or self.conflict or self.error)


def tasks(root: Path, every: int) -> Iterator[Task]:
    """Yield every edit of the files below a folder."""
    for number, name in enumerate(corpus.names(root)):
        text = corpus.text_of(root, name) if number % every == 0 else None
        if text is None:
            continue
        plain = text.removeprefix(yamltext.BOM)
        if "\r\n" in plain and plain.count("\r\n") == plain.count("\n"):
            plain = plain.replace("\r\n", "\n")
        yield from _tasks_of(name, "", text, plain)
        if "\r" not in plain and len(plain) < SMALL:
            for variant, dress in VARIANTS.items():
                if random.Random(f"{name} {variant}").randrange(PART) == 0:  # noqa: S311
                    bare = plain.rstrip("\n") if variant == "no final newline" else plain
                    yield from _tasks_of(name, variant, dress(plain), bare)


def _tasks_of(name: str, variant: str, text: str, plain: str) -> Iterator[Task]:
    try:
        documents = yamltext.read(plain)
        base = yamltext.dump(documents)
        edits = yamledits.choose(plain, f"{name} {variant}")
    except yamltext.UnusableError:
        return
    for edit in edits:
        try:
            theirs = yamltext.dump(yamledits.make(documents, edit))
        except yamltext.UnusableError:
            continue
        yield Task(name, variant, text, edit, base, theirs)


def by_merge(task: Task) -> Result:
    """Make an edit with the merge; where it rightly asks first, it is told to go on."""
    start = time.process_time()
    try:
        merged = merge(task.base, task.text, task.theirs, task.name)
    except Exception as error:  # a crash is a figure of the table
        return Result(task, time.process_time() - start, error=f"{type(error).__name__}: {error}")
    seconds = time.process_time() - start
    if task.edit.refused:
        return Result(task, seconds, asked=bool(merged.conflicts), verdict=Verdict(() if merged.conflicts else ("",)))
    if not merged.conflicts:
        return Result(task, seconds, judged(task, merged.text))
    if not yamledits.asks_first(task.text, task.edit):
        return Result(task, seconds, conflict=True, error=merged.conflicts[0].reason)
    settled = merge(task.base, task.text, task.theirs, task.name, EVERYTHING)
    if settled.conflicts:
        return Result(task, seconds, conflict=True, error=settled.conflicts[0].reason)
    return Result(task, seconds, judged(task, settled.text), asked=True)


def judged(task: Task, text: str) -> Verdict:
    """Return the judge's verdict; what the judge cannot read is wrong."""
    try:
        return yamledits.judge(task.text, task.edit, text)
    except yamltext.UnusableError:
        return Verdict(("no YAML",), wrong=True)


def by_ruamel(task: Task) -> Result:
    """Make an edit as people do with ruamel.yaml: load, change, dump."""
    from ruamel.yaml import YAML  # noqa: PLC0415

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    stream = io.StringIO(newline="")
    start = time.process_time()
    try:
        documents = list(yaml.load_all(task.text))
        _put(documents, task.edit)
        yaml.dump_all(documents, stream) if len(documents) != 1 else yaml.dump(documents[0], stream)
    except Exception as error:  # a crash is a figure of the table
        return Result(task, time.process_time() - start, error=f"{type(error).__name__}: {error}")
    seconds = time.process_time() - start
    return Result(task, seconds, judged(task, stream.getvalue()))


def _put(documents: list[Any], edit: Edit) -> None:
    """Make an edit in the data of ruamel.yaml."""
    owner, last, node = documents, edit.spot.doc, documents[edit.spot.doc]
    for step in edit.spot.path:
        owner, last = node, step if isinstance(node, list) else [one for one in node if one != "<<"][step]
        node = owner[last]
    if edit.sort in yamledits.SORTS[:2]:
        owner[last] = edit.value
    elif edit.sort in yamledits.SORTS[5:7]:
        del owner[last]
    elif edit.key:
        node[edit.key] = edit.value
    else:
        node.append(edit.value)


# --- The report -------------------------------------------------------------------------------------------------------


def share(results: list[Result]) -> str:
    return f"{100 * sum(one.perfect for one in results) / len(results):.2f} %" if results else "-"


def row(title: str, ours: list[Result], peers: list[Result]) -> str:
    cells = [
        title,
        f"{len(ours):,}",
        share(ours),
        str(sum(one.verdict.wrong for one in ours)),
        str(sum(one.conflict for one in ours)),
        str(sum(one.asked for one in ours)),
        share(peers) if peers else "-",
        str(sum(one.verdict.wrong for one in peers)) if peers else "-",
    ]
    return f"| {' | '.join(cells)} |"


def report(ours: list[Result], peers: list[Result]) -> str:
    """Return the table: how faithful, and how long."""
    groups: dict[str, tuple[list[Result], list[Result]]] = defaultdict(lambda: ([], []))
    for side, results in enumerate((ours, peers)):
        for one in results:
            groups["**all edits**"][side].append(one)
            groups[one.task.variant or one.task.edit.sort][side].append(one)
    order = ["**all edits**", *yamledits.SORTS, *VARIANTS]
    lines = [
        "| edit | edits | perfect | wrong data | needless conflicts | asked first | ruamel.yaml | its wrong data |",
        f"|{' --- |' * 8}",
        *(row(one, *groups[one]) for one in order if one in groups),
    ]
    mine = statistics.median(one.seconds for one in ours)
    lines += ["", f"Median time of an edit: {mine * 1000:.2f} ms"]
    if peers:
        peer = statistics.median(one.seconds for one in peers)
        lines[-1] += f"; of ruamel.yaml, load and dump: {peer * 1000:.2f} ms; ratio {mine / peer:.2f}"
    lines.append(f"Goal: {GOAL:.1%} perfect, wrong data never, a third of ruamel.yaml's time")
    return "\n".join(lines)


def failures(results: list[Result], shown: int) -> Iterator[str]:
    """Yield what went wrong, by what it is, and some of it in full."""
    found = [one for one in results if not one.perfect]
    kinds = Counter((one.task.edit.sort, one.error or ", ".join(one.verdict.faults)) for one in found)
    for (sort, fault), count in kinds.most_common():
        yield f"{count:5} {sort}: {fault}"
    for one in found[:shown]:
        spot = one.task.edit.spot
        yield f"--- {one.task.name} {one.task.variant}: {one.task.edit.sort} at {spot.doc}:{spot.path}"
        yield f"    {one.task.edit.value!r}: {one.error or one.verdict.faults}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=corpus.folder())
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one file of N")
    parser.add_argument("--alone", action="store_true", help="without ruamel.yaml")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="N of the edits that were not perfect")
    given = parser.parse_args()
    if given.folder is None or not given.folder.is_dir():
        print(
            "Skipped: there is no corpus beside the repository; name a folder with YAML files, or set SCAFFOLD_CORPUS"
        )
        return 0
    ours: list[Result] = []
    peers: list[Result] = []
    for task in tasks(given.folder, given.every):
        ours.append(by_merge(task))
        if not given.alone:
            peers.append(by_ruamel(task))
    if not ours:
        sys.exit(f"{given.folder} has no YAML file with anything to edit")
    print(f"Python {platform.python_version()}, {len({one.task.name for one in ours}):,} files\n")
    print(report(ours, peers))
    for line in failures(ours, given.show):
        print(line, file=sys.stderr)
    perfect = sum(one.perfect for one in ours) / len(ours)
    return int(perfect < GOAL or any(one.verdict.wrong for one in ours))


if __name__ == "__main__":
    sys.exit(main())
