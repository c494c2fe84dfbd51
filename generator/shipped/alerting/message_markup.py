"""What a markup makes of message texts: emphasis, links, ends of lines, and how values are escaped and cut.

A value is escaped first and cut then, so that a text is never longer than its size says, whatever its values are; what
the cut leaves of an entity is removed. Links are only made of addresses without characters that end one. No text has
``${``, which Flux would replace, or a backquote, which ends what Helm does not render.
:mod:`service_markups` has the markup of each service.
"""

from __future__ import annotations

from dataclasses import dataclass

# A text of nothing but white space and characters that are not shown is none.
_NOT_BLANK = r' | reReplaceAll "^[\\pZ\\p{Cc}\\p{Cf}]+$" ""'
# What a group is about, on one line.
GROUP = (
    f'or (.GroupLabels.SortedPairs.Values | join " "{_NOT_BLANK}) (.CommonLabels.alertname{_NOT_BLANK}) '
    f'(.CommonLabels.SortedPairs.Values | join " "{_NOT_BLANK}) "alerts"'
    r' | reReplaceAll "\\s+" " "'
)
_NAME = f'or (.Labels.alertname{_NOT_BLANK}) (.Labels.SortedPairs.Values | join " "{_NOT_BLANK}) "(no name)"'

# What ends a line in some renderer, and all white space.
_LINE_END = r"[\n\r\u0085\u2028\u2029]"
_SPACE = r"[\\s\v\u0085\u2028\u2029]"
_ON_ONE_LINE = f' | reReplaceAll "{_SPACE}+" " " | reReplaceAll "^ | $" ""'

_ANNOTATIONS = "".join(
    f"{{{{ ${one} := .Annotations.{one}{_NOT_BLANK} }}}}" for one in ("message", "summary", "description")
)
_ANNOTATION = 'or $message $summary $description "(no annotation)"'
# The annotation of the charts' rules of 2020; newer rules do not have it.
MESSAGE = '{{ template "text" .Annotations.message }}'
_BOTH = "and $summary $description (not $message)"
_PAIRS = (
    "{{ range $i, $pair := .GroupLabels.SortedPairs }}{{ if $i }}%2C{{ end }}{{ .Name }}%3D%22{{ VALUE }}%22{{ end }}"
)
_FORM, _BETWEEN = "/#/silences/new?filter=%7B", "x" * len("%3D%22%22%2C")
_NAMES, _VALUES = '(.GroupLabels.SortedPairs.Names | join "")', ".GroupLabels.SortedPairs.Values"
_ENCODED = ' | urlquery | reReplaceAll "[+]" "%20"'
# What alerts share; alerts of one rule have one graph.
_LINKS = {
    "runbook": ".CommonAnnotations.runbook_url",
    "dashboard": ".CommonAnnotations.dashboard_url",
    "graph": "and .CommonLabels.alertname (index .Alerts 0).GeneratorURL",
}


@dataclass(frozen=True)
class Size:
    """How much a service takes: alerts that fire and are resolved, characters of names, annotations and addresses.

    ``title`` is the length of the group's labels in the title, ``silence`` that of the link to a silence. With
    ``narrow``, names and annotations are also limited in bytes, for services that count those. With ``titled``, the
    text begins with the title, which the service does not show. ``links`` are the links below the alerts; with
    ``each``, every alert that fires has its runbook if they differ.
    """

    firing: int = 10
    resolved: int = 10
    name: int = 60
    text: int = 300
    url: int = 1000
    title: int = 150
    silence: int = 1000
    narrow: bool = False
    titled: bool = False
    each: bool = False
    links: tuple[str, ...] | list[str] = ("runbook", "dashboard", "graph", "silence")


def count(alerts: str, most: int, *, exact: bool) -> str:
    """Return the line about the alerts that are not shown."""
    if exact:
        return f"… and {{{{ len (slice {alerts} {most}) }}}} more"
    return f"… {most} of {{{{ len {alerts} }}}} are shown"


@dataclass(frozen=True)
class Markup:
    """The markup of a service.

    ``link`` is a link with NAME and URL, ``escape`` the pipe that escapes a value, ``entities`` whether it makes
    entities, ``end`` the end of such a pipe. ``url`` is the set of the characters that an address in a link may have,
    ``address`` the pipe that escapes it. ``in_html`` says whether Alertmanager itself escapes addresses, for HTML;
    ``blocks`` whether the start of a line can make a heading, a list, a quote, a table or code.
    ``mark`` ends a title that is cut, ``bullet`` begins a line of a list.
    """

    bold: tuple[str, str] = ("", "")
    link: str = "NAME: URL\n"
    newline: str = "\n"
    escape: str = ""
    entities: bool = False
    end: str = ""
    url: str = "[!-~]"
    brackets: tuple[str, str] = (" [", "]")
    address: str = ""
    in_html: bool = False
    blocks: bool = False
    bullet: str = "- "
    mark: str = "..."  # a title of ASCII needs no escapes in YAML

    def in_bold(self, text: str) -> str:
        """Return a text in bold."""
        return f"{self.bold[0]}{text}{self.bold[1]}"

    def title(self, size: Size) -> str:
        """Return the title: status, and the labels of the group on one line."""
        cut = self._cut(self.escape, size.title, self.mark) + self._mend(self.mark)
        if self.brackets[1] != "]":  # brackets are markup
            said = f'printf "[%s] %s" (.Status | toUpper) ({GROUP})'
            return f"{{{{ {said}{cut} }}}}"
        status = '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}]'
        return f"{status} {{{{ {GROUP}{cut} }}}}"

    def values(self, size: Size) -> str:
        """Return the definitions that print a name and an annotation."""
        return "".join(
            f'{{{{ define "{name}" }}}}{self._shown(pipe, length, narrow=size.narrow)}{{{{ end -}}}}\n'
            for name, pipe, length in (
                ("name", f"{_ON_ONE_LINE}{self.escape}", size.name),
                ("text", self._lines() if self.blocks else self.escape, size.text),
            )
        )

    def alert(self) -> str:
        """Return the definition that prints an alert."""
        before, after = self.brackets
        line, it = self.newline, '{{ template "name" . }}'
        name = self.in_bold(f'{{{{ template "name" ({_NAME}) }}}}')
        return "".join(
            (
                f'{{{{ define "alert" }}}}{_ANNOTATIONS}{name}',
                f"{{{{ with .Labels.severity{_NOT_BLANK} }}}}{before}{it}{after}{{{{ end -}}}}\n",
                f"{{{{ with .Labels.namespace{_NOT_BLANK} }}}} in {it}{{{{ end }}}}: ",
                f'{{{{ template "text" ({_ANNOTATION}) }}}}{line}',
                f'{{{{ if {_BOTH} }}}}{{{{ template "text" $description }}}}{line}',
                "{{ end }}{{ end -}}\n",
            )
        )

    def message(self) -> str:
        """Return the definition that prints an alert on a line of a list, with the annotation ``message`` only."""
        name = self.in_bold(f'{{{{ template "name" ({_NAME}) }}}}')
        return f'{{{{ define "alert" }}}}{self.bullet}{name}: {MESSAGE}{self.newline}{{{{ end -}}}}\n'

    def runbook(self) -> str:
        """Return the link to the runbook of one alert, if not all of the group have the same."""
        shown = (
            self.link.replace("NAME", "Runbook").replace("URL", f"{{{{ .{self.address} }}}}").rstrip() + self.newline
        )
        inner = f"{{{{ if match {self._clean(200)} . }}}}{shown}{{{{ end }}}}"
        return (
            f"{{{{ if not $.CommonAnnotations.runbook_url }}}}{{{{ with .Annotations.runbook_url }}}}"
            f"{inner}{{{{ end }}}}{{{{ end }}}}"
        )

    def links(self, size: Size) -> str:
        """Return the links: what all alerts share, and the form for a silence of the group."""
        found = []
        for name, source in _LINKS.items():
            if name in size.links:
                shown = self.link.replace("NAME", name.title()).replace("URL", f"{{{{ .{self.address} }}}}")
                inner = f"{{{{ with {source} }}}}{{{{ if match {self._clean(size.url)} . }}}}{shown}{{{{ end }}}}"
                found.append(f"{inner}{{{{ end -}}}}")
        if "silence" in size.links:
            found.append(self._silence(size.silence))
        return "\n".join(found)

    def _clean(self, most: int) -> str:
        """Return the expression for addresses that a link can have; HTML makes each ampersand an entity."""
        rest = f"(&{self.url}{{1,50}}){{0,4}}" if self.in_html else ""
        return f'"^https?://{self.url}{{1,{most}}}{rest}$"'

    def _silence(self, most: int) -> str:
        """Return the link to the form for a silence, if the form of every version reads it as it is meant.

        Up to 0.31, the form knows no other names than these, and takes escapes in values as they are.
        """
        value = ".Value" if self.in_html else f".Value{_ENCODED}"
        address = f"{{{{ .ExternalURL{self.address} }}}}{_FORM}{_PAIRS.replace('VALUE', value)}%7D"
        # The joined values have a separator as long as all that is between two of them.
        length = f'printf "%s%s%s" .ExternalURL {_NAMES} ({_VALUES} | join "{_BETWEEN}"{_ENCODED})'
        only_if = (
            f"(match {self._clean(1000)} .ExternalURL)",
            f'(match "^[a-zA-Z0-9_]+$" {_NAMES})',
            f'(match "^[] !#-[^-~]*$" ({_VALUES} | join ""))',
            f"(le (len ({length})) {most - len(_FORM) - len(_BETWEEN)})",
        )
        shown = self.link.replace("NAME", "Silence").replace("URL", address)
        return f"{{{{ if and {' '.join(only_if)} }}}}{shown}{{{{ end -}}}}"

    def _lines(self) -> str:
        """Return the pipe that escapes a value of several lines, none of which is indented, or begins with a mark."""
        line = self.newline.replace("\n", "\\n")
        ends = f' | reReplaceAll "^{_SPACE}+|{_SPACE}+$" "" | reReplaceAll "{_SPACE}*{_LINE_END}{_SPACE}*" "{line}"'
        return f'{ends}{self.escape} | reReplaceAll "(?m)^([^\\\\pL\\n])" "\\u200b$1"'

    def _cut(self, pipe: str, most: int, mark: str = "…") -> str:
        return f'{pipe} | reReplaceAll "(?s)^(.{{{most}}}).+" "$1{mark}"'

    def _mend(self, mark: str = "…") -> str:
        return (f' | reReplaceAll "&[a-z]*{mark.replace(".", "[.]")}$" "{mark}"' if self.entities else "") + self.end

    def _shown(self, pipe: str, most: int, *, narrow: bool) -> str:
        first = self._cut(pipe, most)
        if not narrow:
            return f"{{{{ .{first}{self._mend()} }}}}"
        most += most // 4  # in bytes; letters have one, most others three
        cuts = [f' | reReplaceAll "(?s)^(.{{{(most - 3) // wide}}}).+" "$1…"' for wide in (3, 4)]
        long, end = f"{{{{ if gt (len $text) {most} }}}}", self._mend()
        return (
            f"{{{{ $text := .{first} }}}}{long}{{{{ $text := $text{cuts[0]} }}}}{long}{{{{ $text{cuts[1]}{end} }}}}"
            f"{{{{ else }}}}{{{{ $text{end} }}}}{{{{ end }}}}{{{{ else }}}}{{{{ $text{end} }}}}{{{{ end }}}}"
        )
