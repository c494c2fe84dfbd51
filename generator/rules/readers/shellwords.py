"""Read words of shell text: quotes, escapes, expansions (POSIX.1-2017, Shell Command Language, 2.2, 2.6)."""

from __future__ import annotations

import re

_RUN = re.compile(r"[^\s\\'\"$`|&;()<>]+")
_SINGLE = re.compile(r"'[^']*'?")
_IN_DOUBLE = re.compile(r"[^\"\\$`]+")
_TICKS = re.compile(r"`((?:[^`\\]|\\.)*)`?", re.S)
_NESTED = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|[()]", re.S)
_ARITHMETIC = re.compile(r"\$\(\((?:[^()]|\([^()]*\))*\)\)")
_BRACES = re.compile(r"[{}]")


class ShellWords:
    """A position in shell text, and methods that read a word from it. ``torn`` marks unfinished text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 0
        self.torn = False

    def _nest(self, inner: str) -> None:
        """Handle the text of a substitution."""

    def _pass(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _word(self) -> str:
        text, size, parts = self.text, len(self.text), []
        while self.at < size:
            run = _RUN.match(text, self.at)
            if run:
                parts.append(run.group())
                self.at = run.end()
                continue
            part = self._special()
            if part is None:
                break
            parts.append(part)
        return "".join(parts)

    def _special(self) -> str | None:
        """Return the text of a quote, an escape or an expansion at this position, or None at the end of the word."""
        text, char = self.text, self.text[self.at]
        if char == "\\":
            taken = text[self.at + 1 : self.at + 2]
            self._pass(min(self.at + 2, len(text)))
            return "" if taken == "\n" else taken
        if char == "'":
            quoted = _SINGLE.match(text, self.at)
            assert quoted  # noqa: S101 - it begins with a quote
            self._pass(quoted.end())
            self.torn = self.torn or len(quoted.group()) < 2 or not quoted.group().endswith("'")
            return quoted.group().strip("'")
        if char == '"':
            return self._double()
        if char == "$":
            return self._dollar()
        if char == "`":
            return self._ticks()
        return None

    def _double(self) -> str:
        text, size, parts = self.text, len(self.text), []
        self.at += 1
        while self.at < size and text[self.at] != '"':
            run = _IN_DOUBLE.match(text, self.at)
            if run:
                parts.append(run.group())
                self._pass(run.end())
            elif text[self.at] == "\\":
                parts.append(text[self.at + 1 : self.at + 2].strip("\n"))
                self._pass(min(self.at + 2, size))
            elif text[self.at] == "$":
                parts.append(self._dollar())
            else:
                parts.append(self._ticks())
        self.torn = self.torn or self.at >= size
        self.at = min(self.at + 1, size)
        return "".join(parts)

    def _dollar(self) -> str:
        text, start, size = self.text, self.at, len(self.text)
        if text.startswith("${{", start):  # an expression of GitHub Actions
            end = text.find("}}", start)
            self._pass(size if end < 0 else end + 2)
        elif text.startswith("$((", start) and (sums := _ARITHMETIC.match(text, start)):
            self._pass(sums.end())
        elif text.startswith("$(", start):
            end = self._closing(start + 2)
            self.torn = self.torn or end >= size
            self._nest(text[start + 2 : end])
            self._pass(min(end + 1, size))
        elif text.startswith("${", start):
            self._pass(self._closing_brace(start + 2))
        else:
            self.at += 1
            return "$"
        return text[start : self.at]

    def _ticks(self) -> str:
        quoted = _TICKS.match(self.text, self.at)
        assert quoted  # noqa: S101 - it begins with a back quote
        self._nest(quoted.group(1))
        self._pass(quoted.end())
        return quoted.group()

    def _closing(self, start: int) -> int:
        depth = 1
        for match in _NESTED.finditer(self.text, start):
            depth += {"(": 1, ")": -1}.get(match.group(), 0)
            if not depth:
                return match.start()
        return len(self.text)

    def _closing_brace(self, start: int) -> int:
        depth = 1
        for match in _BRACES.finditer(self.text, start):
            depth += 1 if match.group() == "{" else -1
            if not depth:
                return match.end()
        return len(self.text)
