"""The user's edits: what differs between the files on disk and what was generated last, as a patch.

The generated side is the text in the lock, whatever the spec and the template say by now. Nothing is rendered, unless
only a part of a file is generated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .file_diff import MAX_LINES, lines_with_ends
from .generated_unit import GeneratedUnit
from .merge import differs, in_style_of
from .tree import join


@dataclass(frozen=True)
class UserEdit:
    """An edited file: its unit, its path below the root, and its text as generated and on disk, None if deleted.

    ``policy`` is ``once`` for a file that is the user's since it was generated. ``decoded`` are the two texts of a part
    that the file has in an encoded form.
    """

    unit: str
    path: str
    generated: str
    ours: str | None
    mode: int = 0o644
    policy: str = ""
    decoded: tuple[str, str] | None = None

    @property
    def about(self) -> str:
        """What is special about it, for people, or ``""``."""
        return (
            "deleted by you" if self.ours is None else "yours since it was generated" if self.policy == "once" else ""
        )

    @property
    def counts(self) -> tuple[int, int]:
        """The numbers of added and removed lines."""
        lines = self.patch.split("\n")
        start = next((number for number, one in enumerate(lines) if one.startswith("@@")), len(lines))
        return sum(one[:1] == "+" for one in lines[start:]), sum(one[:1] == "-" for one in lines[start:])

    @property
    def patch(self) -> str:
        """The unified diff from the generated text to the file, which ``git apply`` reads."""
        deleted = f"deleted file mode 100{self.mode:o}\n" if self.ours is None else ""
        new = "/dev/null" if self.ours is None else f"b/{self.path}"
        diff = _unified(self.generated, self.ours or "", (f"a/{self.path}", new))
        return f"diff --git a/{self.path} b/{self.path}\n{deleted}{diff}"

    @property
    def decoded_patch(self) -> str:
        """The unified diff of the encoded part, decoded, for people; ``""`` without one."""
        if self.decoded is None:
            return ""
        names = (f"a/{self.path} (decoded)", f"b/{self.path} (decoded)")
        return _unified(*self.decoded, names)

    @property
    def row(self) -> dict[str, Any]:
        """The edit as JSON data."""
        added, removed = self.counts
        row = {
            "unit": self.unit,
            "path": self.path,
            "state": "missing" if self.ours is None else "edited",
            "policy": self.policy or None,
            "added": added,
            "removed": removed,
            "diff": self.patch,
        }
        return {**row, "decoded": self.decoded_patch} if self.decoded else row


def edits_of(unit: GeneratedUnit) -> Iterator[UserEdit]:
    """Yield the edits of a unit's files, by path. Raises Invalid for a file that cannot be read."""
    for path in sorted(unit.lock.files):
        if edit := edit_of(unit, path):
            yield edit


def edit_of(unit: GeneratedUnit, path: str) -> UserEdit | None:
    """Return the edit of one file, None if it is as generated, or not generated any more by its policy ``never``."""
    locked = unit.lock.files[path]
    ours = unit.ours(path)
    if ours is not None and not differs(locked.text, ours):
        return None
    policy = unit.policy(path)
    if policy == "never":
        return None
    place = join(unit.name, path)
    if ours is None:
        return UserEdit(unit.name, place, locked.text, None, locked.mode, policy)
    generated = in_style_of(ours, unit.as_generated(path, ours))
    if not differs(generated, ours):
        return None
    return UserEdit(unit.name, place, generated, ours, locked.mode, policy, _decoded(unit, path, ours))


def _decoded(unit: GeneratedUnit, path: str, ours: str) -> tuple[str, str] | None:
    part = unit.part(path, ours)
    return (part.around(unit.lock.files[path].text), part.text) if part and part.encoded else None


def _unified(before: str, after: str, names: tuple[str, str]) -> str:
    """Return a unified diff; git needs a tab after a name with a blank."""
    olds, news = lines_with_ends(before), lines_with_ends(after)
    old, new = (f"{one}\t" if " " in one else one for one in names)
    if max(len(olds), len(news)) > MAX_LINES:
        return f"--- {old}\n+++ {new}\n# {len(olds)} lines become {len(news)}: too many to compare\n"
    import difflib  # noqa: PLC0415 - only for a difference

    lines = difflib.unified_diff(olds, news, old, new)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
