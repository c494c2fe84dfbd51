"""Ways to write: flow lists over several lines, no final newline, indentation of ours, quoted texts; and renames."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.support import yamltext

from .case import Answer, Case
from .reading import UnusableError, canonical, data

Texts = tuple[str, str, str, frozenset[str], Answer]


def case(seed: str, number: int) -> Case:
    """Return a triple."""
    source = Random(f"styles {seed} {number}")  # noqa: S311 - a seed, and no secret
    name, make = list(MAKERS.items())[number % len(MAKERS)]
    base, ours, theirs, exact, answer = make(source)

    def judge(text: str) -> list[str]:
        try:
            there = canonical(data(text))
        except UnusableError as error:
            return [f"no YAML: {error}"]
        if exact and there not in {canonical(data(one)) for one in exact}:
            return [f"{there} is not {canonical(data(min(exact)))}"]
        wanted = min(exact, default=ours)
        lost = comments(wanted) - comments(text)
        out = [f"{lost} are lost"] if lost else []
        if name == "literal block" and set(wanted.split("\n")) & set(ours.split("\n")) - set(text.split("\n")):
            out.append("lines of ours are indented otherwise")
        return out

    return Case(f"{name} {number}", base, ours, theirs, judge, exact, answer)


def comments(text: str) -> set[str]:
    """Return the comments of a text."""
    return {one for _, one in yamltext.comments(text)}


def _flow(r: Random) -> Texts:
    """A flow list over several lines gets an item and a comment; ours has another edit, or other indentation."""
    words = [f"item{n}" for n in range(r.randrange(2, 5))]
    place = r.randrange(len(words) + 1)

    def text(items: list[str], last: int, indent: int) -> str:
        return "".join(
            f"{line}\n" for line in ["list: [", *(" " * indent + one for one in items), "]", f"last: {last}"]
        )

    items = [f"{one}," for one in words]
    new = [*items[:place], f"new,{r.choice(['  # why new', ''])}", *items[place:]]
    if r.random() < 0.4:
        new.insert(r.randrange(len(new)), "# about it")
    indent = r.choice([2, 4])
    mine = list(items)
    if r.random() < 0.3:
        at = r.randrange(len(mine))
        mine[at] += "  #mine"
        other = next(n for n, one in enumerate(new) if one == items[at])
        merged = [*new[:other], mine[at], *new[other + 1 :]]
    else:
        merged = new
    answer: Answer = "wrong"
    return text(items, 1, 2), text(mine, 2, indent), text(new, 1, 2), frozenset([text(merged, 2, indent)]), answer


def _unended(r: Random) -> Texts:
    """Some texts have no final newline, and theirs deletes or adds at the end."""
    entries = [
        r.choice([f"key{n}: {n}", f"key{n}:\n  a: 1\n  b: 2", f"key{n}:\n- x\n- y"]) for n in range(r.randrange(2, 5))
    ]
    mine = [f"{entries[0].partition(':')[0]}: mine", *entries[1:]]
    shorter = entries[-1].rpartition("\n")[0] if entries[-1].count("\n") > 1 else ""
    last = r.choice(
        [[], [], [shorter] if shorter else [], [*entries[-1:], "new: 1"], [f"{entries[-1].partition(':')[0]}: new"]]
    )
    theirs = [*entries[:-1], *last]
    merged = [mine[0], *theirs[1:]]
    if r.random() < 0.3:
        mine, merged = [*mine, "#mine"], [*merged, "#mine"]
    ends = [r.choice(["", "\n"]), r.choice(["", "", "\n"]), r.choice(["", "\n"])]
    between = r.choice(["\n", "\n", "\n\n", "\n# about it\n"])
    texts = [between.join(one) + end for one, end in zip((entries, mine, theirs), ends, strict=True)]
    return texts[0], texts[1], texts[2], frozenset([between.join(merged) + ends[1]]), "wrong"


def _literal(r: Random) -> Texts:
    """Ours indents a literal block otherwise, and theirs changes or adds a line of it."""
    lines = [f"line {n}" for n in range(r.randrange(2, 5))]
    new = list(lines)
    place = r.randrange(len(new))
    new[place : place + r.randrange(2)] = ["new line"]
    style, indent = r.choice(["|", "|-"]), r.choice([4, 6, 1])

    def text(found: list[str], width: int, last: int) -> str:
        return "".join(
            f"{line}\n" for line in [f"script: {style}", *(" " * width + one for one in found), f"last: {last}"]
        )

    mine = r.choice([1, 2])
    return text(lines, 2, 1), text(lines, indent, mine), text(new, 2, 1), frozenset([text(new, indent, mine)]), "wrong"


def _quoted(r: Random) -> Texts:
    """Theirs brings a text that is written over several lines."""
    written = r.choice(
        [
            'new: "first words\n  and more\n  and the rest"',
            "new: 'first words\n\n  and more'",
            "new: >-\n  first words\n  and more",
            "new: first words\n  and more",
            'new: "first \\\n  words"',
        ]
    )
    base = "a: 1\nlist:\n- x\nlast: 1\n"
    ours = base.replace("a: 1", "a: 2  #mine")
    before = r.choice(["list:", "last:", "- x"])
    put = written.replace("\n", "\n  ").replace("new:", "- new:") if before == "- x" else written
    theirs = base.replace(before, f"{put}\n{before}", 1)
    return base, ours, theirs, frozenset([ours.replace(before, f"{put}\n{before}", 1)]), "wrong"


def _keyed(r: Random) -> Texts:
    """Theirs reorders a list whose items have keys, and a comment of the template or of ours stands in it."""
    names = [f"item{n}" for n in range(r.randrange(3, 6))]
    items = {name: [f"  - name: {name}", f"    value: {n}"] for n, name in enumerate(names)}
    heads = {name: ["  # about it"] for name in names if r.random() < 0.25}
    notes = {name: [f"  #mine-{name}"] for name in r.sample(names, r.randrange(2))}
    order = r.sample(names, len(names))
    stays = r.random() < 0.5  # the comment, where it is, while the items move

    def text(found: list[str], mine: bool) -> str:
        above = dict(zip(found, (heads.get(name, []) for name in names), strict=True)) if stays else heads
        body = [
            line
            for name in found
            for line in [*above.get(name, []), *(notes.get(name, []) if mine else []), *items[name]]
        ]
        return "".join(f"{line}\n" for line in ["env:", *body, f"last: {2 if mine else 1}"])

    return text(names, False), text(names, True), text(order, False), frozenset([text(order, True)]), "wrong"


def _renamed(r: Random) -> Texts:
    """A container is renamed by one side while the other changes it, or by both sides alike."""
    other = ["  - name: side", "    image: side:1"]

    def text(name: str, image: str, extra: list[str], first: bool, replicas: int) -> str:
        item = [f"  - name: {name}", f"    image: {image}", "    args:", "    - --level=info", *extra, "    tty: true"]
        body = [*item, *other] if first else [*other, *item]
        return "".join(f"{line}\n" for line in ["spec:", f"  replicas: {replicas}", "  containers:", *body])

    first = r.random() < 0.5
    extra = r.choice([[], ["    - --new=1"]])
    image = r.choice(["app:1", "app:2"])
    base = text("app", "app:1", [], first, 1)
    how = r.choice(["both", "ours", "theirs"])
    if how == "both":
        mine, new = text("web", "app:1", [], first, 1), text("web", image, extra, first, 4)
        return base, mine, new, frozenset([new]), "allowed" if image == "app:2" else "wrong"
    if how == "ours":
        mine, new = text("web", "app:1", [], first, 1), text("app", image, extra, first, 4)
        answer: Answer = "wrong" if image == "app:1" and not extra else "allowed"
        return base, mine, new, frozenset([text("web", image, extra, first, 4)]), answer
    mine, new = text("app", image, extra, first, 1), text("web", "app:1", [], first, 4)
    answer = "wrong" if image == "app:1" and not extra else "allowed"
    return base, mine, new, frozenset([text("web", image, extra, first, 4)]), answer


MAKERS: dict[str, Callable[[Random], Texts]] = {
    "flow list over lines": _flow,
    "no final newline": _unended,
    "literal block": _literal,
    "quoted text over lines": _quoted,
    "keyed list in another order": _keyed,
    "renamed container": _renamed,
}
