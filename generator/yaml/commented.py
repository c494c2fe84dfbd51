"""Objects to write as YAML documents with comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CommentedObject:
    """An object to write, with the comment above it, and comments above the keys and items at their paths."""

    about: str
    data: Mapping[str, Any]
    comments: Mapping[tuple[Any, ...], list[str]] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The API group of the object."""
        return str(self.data["apiVersion"]).rpartition("/")[0]


def documents(found: Iterable[CommentedObject]) -> str:
    """Return objects as a stream of YAML documents, each below its comment, without a final newline."""
    from .block_writer import write_block  # noqa: PLC0415 - slow to load, and only for new documents
    from .emit import block_style  # noqa: PLC0415

    texts = (
        "".join(f"# {line}\n" for line in one.about.split("\n") if line)
        + write_block(one.data, one.comments, block_style)
        for one in found
    )
    return "---\n".join(texts).rstrip("\n")


def nested_block(value: Any, indent: int) -> str:
    """Return a map or list as block YAML on lines of their own, each indented, for what stands below a key."""
    from .block_text import block_text  # noqa: PLC0415 - not needed for most files
    from .emit import block_style  # noqa: PLC0415

    lines = block_text(value, block_style).removesuffix("\n").split("\n")
    return "".join(f"\n{' ' * indent}{line}" if line else "\n" for line in lines)
