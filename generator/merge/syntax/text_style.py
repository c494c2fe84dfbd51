"""How a file is written apart from its content: byte order mark, line breaks, final line break."""

from __future__ import annotations

from dataclasses import dataclass

BOM = "\ufeff"


@dataclass(frozen=True)
class TextStyle:
    """The byte order mark, line breaks and final line break of a file."""

    bom: bool
    crlf: bool
    newline: bool

    def dress(self, text: str) -> str:
        """Return a text that ends with a line break in this style."""
        if self.newline:
            return self.broken(text)
        from . import endings  # noqa: PLC0415

        return self.broken(endings.without_final_break(text))

    def broken(self, text: str) -> str:
        """Return a text with the byte order mark and line breaks of this style."""
        if self.crlf:
            text = text.replace("\n", "\r\n")
        return f"{BOM}{text}" if self.bom else text


def undressed(text: str) -> tuple[TextStyle, str]:
    """Return the style of a text, and the text without byte order mark, with line feeds and a final line break."""
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    if crlf:
        text = text.replace("\r\n", "\n")
    newline = not text or text.endswith(("\n", "\r"))
    return TextStyle(bom, crlf, newline), text if newline else f"{text}\n"


def dressed_like(style: TextStyle, theirs: str, ours: str) -> str:
    """Return theirs in the style of ours; its final line break is kept where it is part of a value."""
    if style.newline:
        return style.broken(theirs)
    from . import endings  # noqa: PLC0415

    return style.broken(endings.restored_ending(theirs, ours.removesuffix("\n"), ours))


def dressed_result(style: TextStyle, text: str, ours: str, written: str) -> str:
    """Return a merged text in the style of ours, which was normalised to ``written`` for the merge."""
    if not style.newline:
        from . import endings  # noqa: PLC0415

        text = endings.restored_ending(text, undressed(ours)[1].removesuffix("\n"), written)
    return style.broken(text)


def with_yaml_ending(text: str, *others: str | None) -> str:
    """Return a YAML text without byte order mark, with line feeds, and with a final line break."""
    style, plain = undressed(text)
    if style.newline:
        return plain
    from . import endings  # noqa: PLC0415

    return endings.with_final_break(plain.removesuffix("\n"), others)
