"""Text that is slow to read for a pattern that backtracks or a loop that begins anew: a piece, again and again."""

# ruff: noqa: E501, S311 - tables of text; chance is for tests

from __future__ import annotations

import random
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from .expressions import Expression, of_package


@dataclass(frozen=True, order=True)
class Pump:
    """``head``, as many ``piece`` as fit, ``tail``."""

    head: str
    piece: str
    tail: str

    def text(self, size: int) -> str:
        """Return text of about ``size`` characters; ``{n}`` in the piece counts."""
        count = max(1, size // len(self.piece))
        if "{n}" in self.piece:
            return self.head + "".join(self.piece.replace("{n}", str(at)) for at in range(count)) + self.tail
        return self.head + self.piece * count + self.tail


# One sign, and what begins or ends something in YAML, shell, make, Go templates, expressions of Actions and matchers.
PIECES = (
    *" \t#:-=~0aA_.,/\\\"'`$(){}[]<>|&;!?*+@%^\n\r\ue000é",
    *("\n\n", "\n#", " #", "# ", "\n ", "\t\n", "\r\n", "\\\n", "\\\\", "a\n", "a ", "a\\\n", "- ", ": ", "\n- ", "=\n"),
    *("$(", "$$", "${", "${{", "}}", "${{ a }}", "$((", "((", "))", "()", "$(a", "$()", "${}", "`a`", "$'", "\\`", "\\\""),
    *("{{", "{{-", "{{ a }}", "{{/*", "{{`", "{{if a}}", "{{end}}", "{{(", "{{.a", "{{range a}}", "{%", "%{", "{{\"", "|a"),
    *("&&", "||", "a|", "a&&", "a;", "a;;", "<<", "<<a\n", "<(", ">a", "if ", "do ", "case a in ", "{ ", "( ", "! ", "a=b "),
    *("a=b,", "a=~", "a!=b ", '"a"', "'a'", "a,", ",,", "a:", "a/", "../", "./", "//", "a.", "a-", "a@", "a{n} ", "a{n}\n"),
    *("a{n}=b\n", "a{n}: b\n", "$(a{n})", "k{n},", "(?:", "[a", "(a|", "a*", "1.", "1-", "1h", "0x", "0_", "v1.", "*.", "**/"),
    *("# scaffold: ignore[", "# scaffold: ignore[FX001] a\n", "<<<<<<< a\n", "=======\n", ">>>>>>> a\n", "http://", "x@"),
    *("kind create cluster\n", "kubectl get no\n", "kubectl logs a\n", "git push\n", "make a{n}\n", "trap a EXIT\n", "cd a\n"),
    *("kindest/node:v1.{n}.0\n", "a | tee b\n", "grep -q a\n", "export KUBECONFIG=a{n}\n", "docker build -t a:{n} .\n"),
)  # fmt: skip


@cache
def simple() -> tuple[Pump, ...]:
    """Return pumps of one piece, open at their end or closed by a letter."""
    return tuple(Pump("", one, "") for one in PIECES) + tuple(Pump("x", one, "x") for one in PIECES)


@cache
def mined(seed: int = 1) -> tuple[Pump, ...]:
    """Return pumps that the package's own expressions nearly match: each repetition in them, again and again.

    Those with a surrogate are left out: no file can have one.
    """
    chance = random.Random(seed)
    found = {pump for one in of_package() for pump in _mined_of(one, chance)}
    return tuple(sorted(one for one in found if not re.search("[\ud800-\udfff]", one.head + one.piece)))


def mined_of(one: Expression, times: int = 4) -> tuple[Pump, ...]:
    """Return pumps that one expression nearly matches."""
    chance = random.Random(1)
    return tuple(sorted({pump for _ in range(times) for pump in _mined_of(one, chance)}))


def _mined_of(one: Expression, chance: random.Random) -> set[Pump]:
    found: set[Pump] = set()
    tree = parser.parse(one.pattern, one.flags)
    whole = _sample(tree, chance)
    for cut in {len(whole), max(1, len(whole) - 1), max(1, len(whole) // 2)}:
        if whole[:cut]:
            found.add(Pump("", whole[:cut], "!"))
    _repeats(tree, "", chance, lambda head, piece: found.add(Pump(head, piece, "!")))
    return found


def _repeats(items: Any, head: str, chance: random.Random, add: Callable[[str, str], None]) -> str:
    for op, value in items:
        if op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT} and value[1] > 20:
            for _ in range(2):
                piece = _sample(value[2], chance)
                if piece:
                    add(head, piece)
            _repeats(value[2], head, chance, add)
        elif op is sre.SUBPATTERN:
            _repeats(value[3], head, chance, add)
        elif op is sre.BRANCH:
            for branch in value[1]:
                _repeats(branch, head, chance, add)
        head += _sample([(op, value)], chance)
    return head


def _sample(items: Any, chance: random.Random) -> str:
    out = []
    for op, value in items:
        if op is sre.LITERAL:
            out.append(chr(value))
        elif op is sre.NOT_LITERAL:
            out.append("x" if value != ord("x") else "y")
        elif op is sre.ANY:
            out.append(chance.choice("a -"))
        elif op is sre.IN:
            out.append(_member(value, chance))
        elif op is sre.BRANCH:
            out.append(_sample(chance.choice(value[1]), chance))
        elif op is sre.SUBPATTERN:
            out.append(_sample(value[3], chance))
        elif op is sre.ATOMIC_GROUP:
            out.append(_sample(value, chance))
        elif op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            low, high, inner = value
            count = max(low, min(int(high), 1 + (chance.random() < 0.3)))
            out.append("".join(_sample(inner, chance) for _ in range(count)))
    return "".join(out)


_KINDS = {
    sre.CATEGORY_DIGIT: "07",
    sre.CATEGORY_SPACE: " \t\n",
    sre.CATEGORY_WORD: "a0_",
    sre.CATEGORY_NOT_SPACE: "a.-",
    sre.CATEGORY_NOT_WORD: " -",
    sre.CATEGORY_NOT_DIGIT: "a",
}


def _member(items: Any, chance: random.Random) -> str:
    negated = items[0][0] is sre.NEGATE
    if negated:
        out = {chr(v) for op, v in items if op is sre.LITERAL}
        return next((one for one in chance.sample("ab1 -.x", 7) if one not in out), "~")
    op, value = chance.choice(items)
    if op is sre.LITERAL:
        return chr(value)
    return chr(value[0]) if op is sre.RANGE else chance.choice(_KINDS.get(value, "a"))
