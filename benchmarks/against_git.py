"""The merge beside ``git merge-file`` on the same triples: how often each is exact, and what each loses silently.

Triples are changes by two sides of real files (a corpus, as for yaml_edits.py) and of generated documents that the two
sides write in different styles; what has to come out is known. A merge is exact if it is that, byte for byte. It loses
silently if it ends without a conflict and what came out means something else, or lacks a comment.
"""

from __future__ import annotations

import argparse
import platform
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.merge import merge
from tests.support import corpus, documents, segments, yamltext
from tests.support.documents import Maker, Style

LARGEST = 16_000
STYLES = {
    "generated, the same style": Style(),
    "generated, ours indents lists otherwise": Style(offset=0),
    "generated, ours has CRLF": Style(crlf=True),
}


@dataclass(frozen=True)
class Case:
    """Three texts and what their merge has to be; None where it has to be a conflict."""

    group: str
    base: str
    ours: str
    theirs: str
    merged: str | None


@dataclass
class Tally:
    """How often what came out."""

    count: int = 0
    exact: int = 0
    conflicts: int = 0
    lost: list[str] = field(default_factory=list)


def cases(root: Path | None, rounds: int) -> Iterator[Case]:
    """Yield the triples, of every file so many."""
    for name in corpus.names(root) if root else ():
        text = corpus.text_of(root, name) if root else None
        if text is None or len(text) > LARGEST:
            continue
        text = text.removeprefix(yamltext.BOM).replace("\r\n", "\n")
        for number in range(rounds):
            one = segments.triple(text, f"git {name} {number}")
            if one:
                yield Case("real files, different things", one.base, one.ours, one.theirs, one.merged)
            clash = segments.clash(text, f"git {name} {number}")
            if clash:
                yield Case("real files, one field changed twice", clash.base, clash.ours, clash.theirs, None)
            twice = segments.added_twice(text, f"git {name} {number}")
            if twice:
                yield Case("real files, one key added twice", *twice, None)
    for title, style in STYLES.items():
        for number in range(300 * rounds):
            maker = Maker(random.Random(f"git {title} {number}"))  # noqa: S311
            top = maker.document()
            mine, yours = documents.pick(top, maker, 3)
            texts = (
                documents.write(top, Style()),
                documents.write(documents.edited(top, mine), style),
                documents.write(documents.edited(top, yours), Style()),
            )
            wanted = documents.write(documents.edited(top, [*mine, *yours]), style)
            yield Case(title, *texts, wanted)


def by_git(case: Case, folder: Path) -> str | None:
    """Return what ``git merge-file`` makes of a triple, None for a conflict."""
    names = ("ours", "base", "theirs")
    for name in names:
        (folder / name).write_bytes(getattr(case, name).encode())
    done = subprocess.run(["git", "merge-file", "-p", *names], cwd=folder, capture_output=True, check=False)
    return done.stdout.decode() if done.returncode == 0 else None


def count(tally: Tally, case: Case, merged: str | None) -> None:
    """Note what came out of a triple."""
    tally.count += 1
    if merged is None:
        tally.conflicts += 1
        tally.exact += case.merged is None
    elif merged == case.merged:
        tally.exact += 1
    elif case.merged is None or loses(case.merged, merged):
        tally.lost.append(f"{case.group} {tally.count}")


def loses(wanted: str, merged: str) -> bool:
    """Tell whether a text means something else than what is wanted, or lacks a comment of it."""
    plain = [one.removeprefix(yamltext.BOM).replace("\r\n", "\n") for one in (wanted, merged)]
    try:
        if yamltext.meanings(plain[0]) != yamltext.meanings(plain[1]):
            return True
    except yamltext.UnusableError:
        return True
    there = [sorted(text for _, text in yamltext.comments(one)) for one in plain]
    return there[0] != there[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=corpus.folder(), help="a folder with YAML files")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="triples of each file and sort")
    given = parser.parse_args()
    if given.folder is None:
        print("There is no corpus beside the repository: generated documents alone.", file=sys.stderr)
    tallies: dict[str, tuple[Tally, Tally]] = {}
    with tempfile.TemporaryDirectory(prefix="scaffold-git-") as name:
        for case in cases(given.folder, given.rounds):
            mine, peer = tallies.setdefault(case.group, (Tally(), Tally()))
            merged = merge(case.base, case.ours, case.theirs, "a.yaml")
            count(mine, case, None if merged.conflicts else merged.text)
            count(peer, case, by_git(case, Path(name)))
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"Python {platform.python_version()}, {version}\n")
    print("| triples | number | exact | git's exact | conflicts | git's | silent losses | git's |")
    print(f"|{' --- |' * 8}")
    for group, (mine, peer) in tallies.items():
        shares = f"{100 * mine.exact / mine.count:.2f} % | {100 * peer.exact / peer.count:.2f} %"
        ends = f"{mine.conflicts} | {peer.conflicts} | {len(mine.lost)} | {len(peer.lost)}"
        print(f"| {group} | {mine.count:,} | {shares} | {ends} |")
    for mine, _ in tallies.values():
        for one in mine.lost:
            print(f"lost: {one}", file=sys.stderr)
    return int(any(mine.lost for mine, _ in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
