"""Run a repository's templates and schemas in a separate process with limits on time and memory.

The process (``worker``) receives a template's texts and values, and returns texts; ``limits`` removes permissions that
it does not need. Its answers are as untrusted as the template: paths, sizes and types are checked here and in
``render.tree_of``. A template that exceeds a limit is stopped; only its unit fails.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..behaviour import SpecFault
from ..errors import Invalid, Problem, invalid
from ..render import Made, Rendered, tree_of
from ..template import Template
from ..trace import LineOrigin, TracedFile
from .process import Process, Stopped

# Total seconds for all answers of one template, and of all: enough for many answers, and for a few that time out.
_TEMPLATE_SECONDS = 14.0
_RUN_SECONDS = 60.0
_EACH_SECONDS = 0.25
_MAX_PROBLEMS = 1000
_MAX_TEXT = 10_000


class TemplateFailed(Invalid):
    """A template that cannot render or check a spec: the path and line in the template at which it failed, or the place
    in its schema, if known.
    """

    def __init__(self, problem: Problem, source: str = "", line: int = 0, where: Sequence[str | int] = ()) -> None:
        super().__init__(problem)
        self.source, self.line, self.where = source, line, where


@dataclass
class _Spent:
    """The number of requests, and the seconds that they took."""

    seconds: float = 0.0
    count: int = 0

    def is_too_much(self, seconds: float) -> bool:
        return self.seconds > seconds + _EACH_SECONDS * self.count

    def add(self, seconds: float) -> None:
        self.seconds += seconds
        self.count += 1


@dataclass
class Foreign:
    """Runs the templates of a repository for one run; the process is started on first use."""

    process: Process | None = None
    sent: set[str] = field(default_factory=set)
    spent: dict[str, _Spent] = field(default_factory=dict)
    all_spent: _Spent = field(default_factory=_Spent)

    def faults(self, template: Template, data: Mapping[str, Any], path: str) -> list[SpecFault]:
        """Return the faults of values under the template's schema. Raises Invalid, at ``path``, if it cannot check."""
        answer = self._ask(template, path, {"do": "check", "data": data})
        found = answer.get("faults")
        if not isinstance(found, list) or len(found) > _MAX_PROBLEMS or not all(map(_is_fault, found)):
            raise _broken(template, path)
        return [SpecFault(one[0], one[1][:_MAX_TEXT], one[2][:_MAX_TEXT], one[3]) for one in found]

    def render(self, template: Template, values: Mapping[str, Any], path: str, unit: str) -> Rendered:
        """Return the output of a template for ``values`` and ``unit``. Raises Invalid, at ``path``."""
        answer = self._ask(template, path, {"do": "make", "values": values, "unit": unit})
        found = answer.get("files")
        if not isinstance(found, list) or not all(_is_texts(one, 4) for one in found):
            raise _broken(template, path)
        return tree_of(template, [Made(*one) for one in found], path, unit)

    def trace(
        self, template: Template, values: Mapping[str, Any], path: str, unit: str, source: str, *, again: bool = False
    ) -> TracedFile | None:
        """Return the file that ``source`` renders, as ``trace.trace_file`` does. Raises Invalid, at ``path``."""
        request = {"do": "trace", "values": values, "unit": unit, "source": source, "again": again}
        answer = self._ask(template, path, request)
        found = answer.get("traced")
        if found is None and "traced" in answer:
            return None
        if not isinstance(found, list) or len(found) != 3 or not _is_texts(found[:2], 2):
            raise _broken(template, path)
        target, text, origins = found
        if not isinstance(origins, list) or not all(map(_is_origin, origins)):
            raise _broken(template, path)
        return TracedFile(
            target, text, tuple(LineOrigin(tuple(lines), tuple(filters), spans) for lines, filters, spans in origins)
        )

    def syntax_faults(self, template: Template, path: str) -> list[tuple[str, int, str]]:
        """Return path, line and reason for each file that Jinja cannot read. Raises Invalid, at ``path``."""
        found = self._ask(template, path, {"do": "parse"}).get("faults")
        if not isinstance(found, list) or len(found) > _MAX_PROBLEMS or not all(map(_is_syntax_fault, found)):
            raise _broken(template, path)
        return [(one[0], one[1], one[2][:_MAX_TEXT]) for one in found]

    def _ask(self, template: Template, path: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        spent = self.spent.setdefault(template.name, _Spent())
        if spent.is_too_much(_TEMPLATE_SECONDS) or self.all_spent.is_too_much(_RUN_SECONDS):
            message = f"the template {template.name} is skipped: templates took too long in this run already"
            raise invalid(path, message, "fix the template, or run for fewer units", line=1, column=1)
        process = self._started()
        if template.name not in self.sent:
            request = {**request, "template": {**asdict(template), "digest": ""}}
            self.sent.add(template.name)
        try:
            answer = process.ask({**request, "name": template.name})
        except Stopped as stopped:
            self.close()
            message = f"the template {template.name} {stopped}"
            hint = "simplify the template or its schema.json"
            raise invalid(path, message, hint, line=1, column=1) from None
        finally:
            for one in (spent, self.all_spent):
                one.add(process.seconds)
        if "fault" in answer:
            pair = [answer["fault"], answer.get("hint")]
            if not _is_texts(pair, 2):
                raise _broken(template, path)
            raise _failure(Problem(path, 1, 1, pair[0][:_MAX_TEXT], pair[1][:_MAX_TEXT]), answer)
        return answer

    def _started(self) -> Process:
        if self.process is None:
            try:
                self.process = Process()
            except (OSError, Stopped) as error:
                hint = "check memory and the number of processes"
                raise invalid("template", f"cannot start a process for templates: {error}", hint) from None
            weakref.finalize(self, self.process.end)
        return self.process

    def close(self) -> None:
        """End the process; the next request starts a new one."""
        if self.process is not None:
            self.process.end()
        self.process = None
        self.sent.clear()


def _is_texts(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(isinstance(one, str) for one in value)


def _failure(problem: Problem, answer: Mapping[str, Any]) -> TemplateFailed:
    """Return the failure that an answer tells, with its places as far as they have their types."""
    source, line, where = (answer.get(key) for key in ("source", "line", "where"))
    is_path = isinstance(where, list) and all(isinstance(one, str) or type(one) is int for one in where)
    path = where if isinstance(where, list) and is_path else []
    if isinstance(source, str) and isinstance(line, int) and line >= 0:
        return TemplateFailed(problem, source, line, path)
    return TemplateFailed(problem, where=path)


def _is_syntax_fault(one: Any) -> bool:
    is_form = isinstance(one, list) and len(one) == 3 and type(one[1]) is int and one[1] >= 0
    return is_form and _is_texts([one[0], one[2]], 2)


def _is_fault(one: Any) -> bool:
    if not isinstance(one, list) or len(one) != 4 or not _is_texts(one[1:3], 2) or type(one[3]) is not bool:
        return False
    return isinstance(one[0], list) and all(
        isinstance(part, str) or (type(part) is int and part >= 0) for part in one[0]
    )


def _is_origin(one: Any) -> bool:
    if not isinstance(one, list) or len(one) != 3 or type(one[2]) is not bool:
        return False
    are_lines = isinstance(one[0], list) and bool(one[0]) and all(type(line) is int for line in one[0])
    return are_lines and isinstance(one[1], list) and _is_texts(one[1], len(one[1]))


def _broken(template: Template, path: str) -> Invalid:
    message = f"the template {template.name} ended its process"
    return invalid(path, message, "simplify the template or its schema.json", line=1, column=1)
