"""Random templates, made by the grammar of text/template: most are valid, some fail when parsed or executed."""

from __future__ import annotations

import random

_NUMBERS = (
    *("0", "1", "-1", "+2", "0b11", "0B1", "0o17", "017", "0x1F", "0X1p-2", "0x.8p1", "1_000", "0_7", "1__0", "1_"),
    *("0b12", "08", "1.5", ".5", "1.", "1e3", "1E-2", "1e", "1e400", "1i", "2.5i", "9223372036854775807", "3", "0x"),
    *("9223372036854775808", "-9223372036854775808", "18446744073709551616", "'a'", "'\\n'", "'\\x41'", "'ab'", "''"),
    *("'\\''", "'\u00e9'"),
)
_TEXTS = (
    *('"a"', '""', "`b`", '"a\\tb"', '"\\x41"', '"\\q"', '"summary"', '"severity"', '", "', '"("', '"[a-z]+"', '"%s"'),
    *('"%d %v"', '"%q"', '"a b-c"', '"<&>"', '"%41"', '"%zz"', '"YQ=="', '"?"', '"\u00e9"', '"x'),
)
_FIELDS = (
    *(".Status", ".Receiver", ".ExternalURL", ".CommonLabels", ".CommonAnnotations", ".GroupLabels", ".Alerts"),
    *(".Alerts.Firing", ".Alerts.Resolved", ".CommonLabels.severity", ".CommonLabels.none", ".Labels", ".Labels.pod"),
    *(".Annotations.summary", ".CommonLabels.SortedPairs", ".CommonLabels.Names", ".CommonLabels.Values", ".Name"),
    *(".Value", ".GroupLabels.Names.Join", ".CommonLabels.Remove", ".RouteLabels", ".NotificationReason", ".Nothing"),
    *(".Status.X", "$", ".", "$.Status", "$x", "$y", "$.Alerts", "$x.Status", "nil", "true", "false"),
)
_FUNCTIONS = (
    *("len", "index", "slice", "print", "println", "printf", "html", "urlquery", "js", "not", "and", "or", "eq", "ne"),
    *("lt", "le", "gt", "ge", "toUpper", "toLower", "title", "trimSpace", "join", "match", "reReplaceAll", "foo"),
    *("stringSlice", "safeHtml", "list", "append", "dict", "toJson", "base64encode", "base64decode", "urlUnescape"),
    "addDuration",
    *(".Status", ".CommonLabels.Remove"),
)
# Calls of which most succeed, and their operands.
_CALLS = (
    *("toUpper .Status", 'join ", " .CommonLabels.Values', 'match "f.*" .Status', 'index .CommonLabels "severity"'),
    *('printf "%s-%d" .Status (len .Alerts)', 'reReplaceAll "(f)i" "$1x" .Status', 'eq .Status "firing"'),
    *('dict "a" 1', "slice .Status 1 3", "index .Status 0", 'stringSlice "a" "b"', 'list 1 "a" .Status'),
    *("len .CommonLabels", "gt (len .Alerts) 1", "toJson .Status", "index .Alerts 0", "print 1 2 .Status"),
    *('append (list 1) "x"', "(index .Alerts 0).Status", "len .Status", 'or .CommonLabels.none "none"'),
    *(
        'list 1 "a" .Status nil | join ","',
        'join "," .CommonLabels.SortedPairs',
        'addDuration "1h" (index .Alerts 0).StartsAt',
    ),
    *('(dict "a" "b").a', '.CommonLabels.Remove (stringSlice "pod")', "html .ExternalURL", "0x1F", "1_000", "0b11"),
)
_OPERANDS = (
    *('"a"', '"firing"', '"severity"', '"pod"', "0", "1", "2", "true", "1.5", '""', ".Status", ".CommonLabels"),
    *(".Alerts", "$"),
)
_LISTS = (".Alerts", "3", "len .Alerts", ".CommonLabels", ".GroupLabels.Values")
_ODD_LISTS = (*_LISTS, ".CommonLabels.SortedPairs", "$x", "0", "nil", ".Status", "list 1 2")


class RandomTemplates:
    """A source of random templates."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not for secrets
        self.named: tuple[str, ...] = ()
        self.oddness = 1.0

    def template(self) -> str:
        """Return a template."""
        self.oddness = self.pick((0.0, 0.02, 0.1, 0.5))
        defined = ""
        for number in range(self.pick((0, 0, 1, 2))):
            self.named = ("slack.default.text", *(("t1",) if number == 0 else ()))  # no template calls itself
            defined += f'{{{{ define "t{number}" }}}}{self.parts(1)}{{{{ end }}}}'
        self.named = ("t0", "t1", "slack.default.text")
        return defined + self.parts(0)

    def pick(self, several: tuple[object, ...]):  # type: ignore[no-untyped-def]
        return self.random.choice(several)

    def odd(self) -> bool:
        """Return whether to make a part that may not be valid."""
        return self.random.random() < self.oddness

    def parts(self, depth: int) -> str:
        return "".join(self.part(depth) for _ in range(self.random.randint(1, 3)))

    def part(self, depth: int) -> str:
        sort = self.random.random()
        if sort < 0.2:
            return self.pick(("text ", "\n", " ", "a}}b", "{ {", "\v x "))
        if sort < 0.26:
            odd = ("{{/* c */}}", "{{ /* c */ }}", "{{/* c */  -}}", "{{/* c")
            return self.pick(odd if self.odd() else ("{{- /* c */ -}}", "{{/* c */}}"))
        if sort < 0.6 or depth > 2:
            return self.action(self.pipe(depth))
        if sort < 0.64 and self.odd():
            return self.action(self.pick(("break", "continue", "end", "else", "nil", "", "break 1")))
        if sort < 0.7:
            return self.action(f'template "{self.pick(self.named)}" {self.pick(("", ".", ".Alerts", "$"))}')
        if sort < 0.74:
            return self.action("$x := " + self.pipe(depth)) + self.action("$x")
        if sort < 0.76:
            return self.action('block "b" .') + self.parts(depth + 1) + self.action("end")
        return self.branch(depth)

    def branch(self, depth: int) -> str:
        word, odd = self.pick(("if", "with", "range", "range")), self.odd()
        head = self.pipe(depth) if word != "range" or odd else self.pick(_ODD_LISTS if self.odd() else _LISTS)
        names = ("", "$x := ", "$x = ", "$i, $x := ", "$i, $x = ") if odd else ("", "", "$x := ")
        text = self.action(f"{word} {self.pick(names)}{head}") + self.parts(depth + 1)
        if self.random.random() < 0.4:
            more = ("else", f"else {word} {self.pipe(depth)}", f"else if {self.pipe(depth)}")
            text += self.action(self.pick(more if odd else ("else",))) + self.parts(depth + 1)
        return text + ("" if self.odd() and self.odd() else self.action("end"))

    def action(self, inner: str) -> str:
        odd = self.odd()
        left = self.pick(("{{ ", "{{- ", "{{-", "{{\n", "{{") if odd else ("{{ ", "{{ ", "{{- "))
        return left + inner + self.pick((" }}", "-}}", "  -}}", "}}") if odd else (" }}", "}}", " -}}"))

    def pipe(self, depth: int) -> str:
        count = self.pick((1, 1, 1, 2, 3)) if self.odd() else 1
        return self.pick((" | ", "|")).join(self.command(depth, number > 0) for number in range(count))

    def command(self, depth: int, piped: bool) -> str:
        if not piped and not self.odd():
            return self.pick(_CALLS)
        if not piped and self.random.random() < 0.5:
            return self.operand(depth)
        count = self.pick((0, 1, 1, 2) if piped else (1, 1, 2, 2, 3))
        return " ".join([self.pick(_FUNCTIONS), *(self.operand(depth) for _ in range(count))])

    def operand(self, depth: int) -> str:
        sort = self.random.random()
        if sort < 0.15 and depth < 3:
            return f"({self.pipe(depth + 1)})" + self.pick(("", "", ".Status", ".x"))
        if not self.odd():
            return self.pick(_OPERANDS)
        return self.pick(_FIELDS if sort < 0.65 else _TEXTS if sort < 0.85 else _NUMBERS)
