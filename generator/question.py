"""The inputs of a plan besides the trees: policies, the user's choices, and the behaviour of the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from . import globs
from .behaviour import Behaviour, Checked, Existing, FilePart, Fit, Update, Values
from .merge import Conflict, Settle, merge


@dataclass(frozen=True)
class Question:
    """The inputs of a plan besides the trees: file policies by glob, the spec's first; settlements and resets by path;
    how to write conflicts; how to adopt files that were not generated before; and how to check changes to files.
    """

    policies: tuple[Mapping[str, str], ...] = ()
    settle: Mapping[str, Settle] = field(default_factory=dict)
    resets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    executable: frozenset[str] = frozenset()  # the files on disk that are
    markers: bool = False  # write conflicts as conflict markers
    fit: Callable[[str, str], Fit | None] = lambda _path, _ours: None  # for a file that existed before the unit
    update: Callable[[Update], Checked | None] = lambda _update: None  # for a file that a merge changes
    is_judged: bool = False  # whether ``update`` can refuse a change
    is_trial: bool = False  # only whether it can be done
    missing: Callable[[str], str] = lambda _path: ""  # why a missing file is not written again; ``""`` if it is
    # For a file of which the unit generates a part; None if none of its files is such a file.
    part: Callable[[str, str | None], FilePart | None] | None = None

    def of_behaviour(self, known: Behaviour, values: Values, said: Values, *, reroute: bool = False) -> Question:
        """Return the question with a template's behaviour, for the values and the data of a spec."""
        fit, update, part = known.fit, known.update, known.part
        return replace(
            self,
            fit=lambda path, text: fit(Existing(path, text), values, said) if fit else None,
            update=lambda one: update(one, values, said, reroute) if update else None,
            is_judged=update is not None,
            missing=lambda path: known.missing(path, values, said),
            part=(lambda path, text: part(path, text, values, said)) if part else None,
        )

    def missed(self, path: str, base: str | None, theirs: str | None) -> tuple[Conflict, ...]:
        """Return the conflict of a file that is missing, if the user's part of it would silently be left out."""
        settled = self.settle.get(path, Settle()).side("") == "theirs" or "" in self.resets.get(path, ())
        reason = "" if base is None or theirs is None or settled else self.missing(path)
        found = Conflict("", 1, base, None, theirs, reason, column=1, barred=("ours",), absent=True)
        return (found,) if reason else ()

    def policy(self, path: str) -> str:
        """Return the policy of a file of the unit."""
        for policies in self.policies:
            for glob, policy in policies.items():
                if globs.matches(path, glob):
                    return policy
        return "merge"


def merged_cleanly(
    path: str, settle: Settle, made: dict[str, tuple[str, ...]], base: str, ours: str, theirs: str
) -> str | None:
    """Return the merged text, whose notes are added to ``made``, or None if it has conflicts."""
    merged = merge(base, ours, theirs, path, settle)
    if merged.conflicts:
        return None
    made[merged.text] = (*made.get(ours, ()), *merged.notes)
    return merged.text
