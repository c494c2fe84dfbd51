"""Plan units from their specs, for one unit or thousands.

A unit whose inputs match the digest in its lock needs no YAML parsing, schema or rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from . import assets, config, disk, lock, render, repository, spec, template
from .choice import Choice
from .config import Config
from .digests import parts_digest, text_digest
from .errors import Invalid, Problem, invalid
from .foreign import Foreign
from .lock import Lock
from .locked_paths import tampered
from .merge import Conflict, may_be_marked
from .plan import Change, Plan, kept, make_plan
from .planned import Unit, failure_of, twin_of
from .question import Question
from .render import Rendered
from .spec import Spec
from .template import Template
from .tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, folded, join, owner_of, unit_fault, workflow_of
from .worktree import Worktree

Planner = Callable[[Sequence[str]], Iterable[Unit]]
_AGAIN = "restore its earlier version from git, or delete it and run scaffold regenerate"


@dataclass
class Pipeline:
    """One run: the repository, its config, and the user's options. ``full`` also renders unchanged units, and compares
    them with their locks.

    ``pending`` are the new texts of specs that are not written yet, by unit.
    """

    worktree: Worktree
    config: Config
    choice: Choice = field(default_factory=Choice)
    full: bool = False
    markers: bool = False  # write conflicts as conflict markers
    templates: dict[str, tuple[Template, bytes]] = field(default_factory=dict)
    foreign: Foreign = field(default_factory=Foreign)
    pending: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()  # of the units that are planned together, folded

    def units(self, names: Iterable[str], plan: Planner | None = None) -> Iterator[Unit]:
        """Yield every unit with its plan, or its problems; ``plan`` makes them (default: ``unit`` for each name)."""
        seen: dict[str, str] = {}
        outside: dict[str, str] = {}
        names = list(names)
        self.names = frozenset(folded(name) for name in names)
        first = [name for name in names if seen.setdefault(folded(name), name) == name]
        planned = iter(plan(first) if plan else map(self.unit, first))
        for name in names:
            twin = seen[folded(name)]
            if twin != name:
                yield twin_of(name, twin)
                continue
            unit = next(planned)
            for change in unit.plan.changes if unit.plan else ():
                other = outside.setdefault(folded(change.path), name) if change.path.startswith("/") else name
                if other != name:
                    unit = Unit(name, None, (_twice(name, other, change.path),))
                    break
            yield unit

    def strays(self) -> Iterator[Unit]:
        """Yield deleted units whose workflow still exists; only a person can decide that it is no longer needed.

        Settled for theirs, or reset, the workflow is deleted; for ours it loses its first line, and its owner.
        """
        for path, gone in repository.stray_workflows(self.worktree.root):
            if join(gone, SPEC_NAME) in self.worktree.left_out:
                continue
            try:
                text = self.worktree.read(path) or ""
            except Invalid as error:
                yield Unit(gone, None, error.problems)
                continue
            side = "theirs" if self.choice.resets(path) else self.choice.settle(path).side("")
            merged = None if side == "theirs" else text.partition("\n")[2] if side == "ours" else text
            reason = f"its spec {join(gone, SPEC_NAME)} is gone"
            conflicts = () if side else (Conflict("", 1, None, text, None, reason),)
            change = Change(f"/{path}", "", text, None, merged, conflicts=conflicts)
            yield Unit(gone, Plan(gone, "gone", (change,)))

    def unit(self, name: str) -> Unit:
        """Return one unit with its plan or its problems: no input of one unit ends the run."""
        try:
            return self._unit(name)
        except Exception as error:
            return failure_of(name, error)

    def added(self, name: str, text: str) -> Unit:
        """Return a unit whose spec will have this text, planned together with the units that it could conflict with.

        These go through the same checks as in every other command, so that a unit accepted here is accepted there.
        Raises Invalid for its problems, and for those that it would cause in other units.
        """
        names = set(self.found)
        same, flow = folded(name), folded(workflow_of(name))
        near = {
            one
            for one in names
            if folded(one) == same
            or folded(workflow_of(one)) == flow
            or one == "."
            or f"{same}/".startswith(f"{folded(one)}/")
            or f"{folded(one)}/".startswith(f"{same}/")
        }
        changed = replace(self, pending={**self.pending, name: text}, templates=dict(self.templates))
        planned = {one.name: one for one in changed.units(sorted(near | {name}))}
        wrong = {one.name: one for one in planned.values() if one.plan is None}
        if others := sorted(wrong.keys() - {name}):
            known = {problem for one in self.units(others) for problem in one.problems}
            wrong = {key: one for key, one in wrong.items() if key == name or set(one.problems) - known}
        if wrong:
            bug = next((one.bug for one in wrong.values() if one.bug), None)
            raise bug or Invalid(problem for one in wrong.values() for problem in one.problems)
        return planned[name]

    def template(self, name: str, path: str) -> tuple[Template, bytes]:
        """Return a template, and the digest of it and the config that its specs read. Raises Invalid, at ``path``."""
        if name not in self.templates:
            tree = self.worktree
            loaded = template.load_template(name, tree.own_template(name), path, tree.own_templates)
            digest = parts_digest(loaded.digest, self.config.digest(name, *loaded.schemas))
            self.templates[name] = loaded, digest.encode()
        return self.templates[name]

    @cached_property
    def found(self) -> list[str]:
        """The existing units, searched once."""
        return repository.discover(self.worktree.root)

    def values(self, read: Spec, loaded: Template) -> dict[str, Any]:
        """Return the values of a spec (``spec.values``). Raises Invalid with every problem."""
        check = partial(self.foreign.faults, loaded, path=read.path) if loaded.has_own_schema else None
        faults = loaded.behaviour.all_faults(read.path.rpartition("/")[0] or ".")
        return spec.values(read, self.config, loaded.schema, faults, check, loaded.base)

    def render(self, loaded: Template, values: Mapping[str, Any], path: str, unit: str) -> Rendered:
        """Return the files of a unit. Raises Invalid, at ``path``, for a template that cannot render them."""
        return (self.foreign if loaded.is_own else render).render(loaded, values, path, unit)

    def _exists(self, spec_path: str) -> bool:
        """Tell whether a spec exists or will exist at a path, or at one that some file systems treat as the same."""
        unit = spec_path.rpartition("/")[0] or "."
        return folded(unit) in self.names or disk.is_reachable(f"{self.worktree.root}/{spec_path}")

    def _unit(self, name: str) -> Unit:
        spec_path, lock_path = join(name, SPEC_NAME), join(name, LOCK_NAME)
        if fault := unit_fault(name):
            raise invalid(spec_path, f"is in a folder whose name {fault}", "rename the folder", line=1, column=1)
        text = self.pending[name] if name in self.pending else self.worktree.read(spec_path)
        if text is None:
            raise invalid(spec_path, "does not exist", "restore it, or run scaffold list")
        lock_text = self.worktree.read(lock_path, MAX_LOCK_BYTES)
        base = None if lock_text is None else lock.parse_lock(lock_text, lock_path, name)
        if base:
            self._check_neighbours(name, base.files, lock_path)
        # Line ends depend on the checkout, and are not an input.
        data = text.removeprefix("\ufeff").replace("\r\n", "\n").encode("utf-8", "surrogateescape")
        if base and self._is_known(base.template):
            template, digest = self.template(base.template, spec_path)
            _check_version(base, template, lock_path)
            held = self.config.holds(base.template, name) and spec.parse_spec(text, spec_path).template == base.template
            is_current = base.inputs == parts_digest(digest, data)
            if held or is_current:
                if self.full:
                    self._verify(name, text, data, base, renders=is_current)
                ours = self._ours(name, base.files)
                question, known = self._question(name, base.files), template.behaviour
                asks = known.part and (self.config.locked or question.resets or len(ours) < len(base.files))
                asks = asks or known.may_name(f"{text}{self.config.defaults(base.template)}")
                if asks or (known.update and (question.resets or any(map(may_be_marked, ours.values())))):
                    read, reroute = spec.parse_spec(text, spec_path), self.choice.reroute
                    question = question.of_behaviour(known, self.values(read, template), read.data, reroute=reroute)
                with _at(name):
                    plan = kept(name, base, ours, question, held=held and base.spec != parts_digest(data))
                return Unit(name, self._guarded(plan), (), lock_text)
        if base and self.full:
            _check_digests(base, lock_path)
        plan = self._rendered(name, spec_path, text, data, base)
        return Unit(name, self._guarded(plan), (), lock_text)

    def _verify(self, name: str, text: str, data: bytes, base: Lock, *, renders: bool) -> None:
        """Check that a lock is true: its texts match their digests, and, if its inputs are unchanged, match what these
        render. Raises Invalid.
        """
        path = join(name, LOCK_NAME)
        _check_digests(base, path)
        if renders and self._rendered(name, join(name, SPEC_NAME), text, data, base).lock is not None:
            message = "does not match what its spec, config and template render"
            raise invalid(path, message, _AGAIN, line=1, column=1)

    def _is_known(self, template: str) -> bool:
        return template in assets.template_names() or self.worktree.own_template(template) is not None

    def _rendered(self, name: str, path: str, text: str, data: bytes, base: Lock | None) -> Plan:
        read = spec.parse_spec(text, path)
        template, digest = self.template(read.template, path)
        if base and base.template == template.name:
            _check_version(base, template, join(name, LOCK_NAME))
        values = self.values(read, template)
        rendered = self.render(template, values, path, name)
        self._check_neighbours(name, rendered.tree, path)
        ours = self._ours(name, paths := {**(base.files if base else {}), **rendered.tree})
        self._check_owner(name, ours)
        new = Lock(parts_digest(digest, data), parts_digest(data), template.name, template.version, {})
        question = self._question(name, paths, (read.files, self.config.files, template.once))
        question = question.of_behaviour(template.behaviour, values, read.data, reroute=self.choice.reroute)
        with _at(name):
            plan = make_plan(name, template.name, base, ours, rendered, new, question)
        before = {path: one.text for path, one in base.files.items()} if base else {}
        return plan.noted(template.behaviour.remarks(values, before, ours))

    def _question(self, name: str, paths: Iterable[str], policies: tuple[Mapping[str, str], ...] = ()) -> Question:
        """Return the policies and options that decide a unit's plan, apart from the texts."""
        if self.choice == Choice():
            return Question(policies, markers=self.markers)
        whole = {one: join(name, one) for one in paths}
        settle = {one: self.choice.settle(path) for one, path in whole.items()}
        resets = {one: self.choice.resets(path) for one, path in whole.items()}
        return Question(policies, settle, resets, self.markers)

    def _ours(self, name: str, paths: Iterable[str]) -> dict[str, str]:
        read = self.worktree.read
        return {path: text for path in paths if (text := read(join(name, path))) is not None}

    def _check_neighbours(self, name: str, paths: Iterable[str], source: str) -> None:
        """Refuse paths inside a unit below this one: two units would own them."""
        for folder in {path.rpartition("/")[0] for path in paths if "/" in path.lstrip("/")}:
            parts = [] if folder.startswith("/") else folder.split("/")
            for depth in range(1, len(parts) + 1):
                other = join(join(name, "/".join(parts[:depth])), SPEC_NAME)
                if self._exists(other):
                    message = f"{join(name, SPEC_NAME)} and {other} both own {join(name, folder)}/"
                    hint = "move one of the units; for a new one, choose another --dir"
                    raise invalid(source, message, hint, line=1, column=1)

    def _check_owner(self, name: str, ours: Mapping[str, str]) -> None:
        """Refuse a workflow whose first line names another existing unit as its owner."""
        for path in (one for one in ours if one.startswith("/")):
            owner = owner_of(ours[path])
            other = owner.rpartition("/")[0] or "."
            if owner and other != name and self._exists(owner):
                raise Invalid(_twice(name, other, path))

    def _guarded(self, plan: Plan) -> Plan:
        """Record the edits at paths that the config locks."""
        if not self.config.locked:
            return plan
        with _at(plan.unit):
            changes = tuple(replace(one, tampered=tampered(one, self.config.locked)) for one in plan.changes)
        return replace(plan, changes=changes)


@contextmanager
def _at(unit: str) -> Iterator[None]:
    """Make the paths in problems of a unit's files relative to the root."""
    try:
        yield
    except Invalid as error:
        raise Invalid(replace(one, path=join(unit, one.path)) for one in error.problems) from None


def read_config(worktree: Worktree) -> Config:
    """Return the repository's config. Raises Invalid with every problem."""
    text = worktree.read(config.PATH)
    if text is None:
        raise invalid(config.PATH, "does not exist", "run scaffold init")
    return config.parse_config(text, worktree.own_templates)


def _twice(unit: str, other: str, path: str) -> Problem:
    one, two = join(other, SPEC_NAME), join(unit, SPEC_NAME)
    return Problem(two, 1, 1, f"{one} and {two} both generate {path[1:]}", "move or rename one, or set workflow: false")


def _check_version(base: Lock, template: Template, path: str) -> None:
    if base.version > template.version:
        message = f"was generated by version {base.version} of template {template.name}, newer than {template.version}"
        raise invalid(path, message, "install a newer scaffold", line=1, column=1)


def _check_digests(base: Lock, path: str) -> None:
    bad = [one for one, locked in base.files.items() if text_digest(locked.text) != locked.digest]
    if bad:
        message = f"has a text of {bad[0]} that does not match its digest"
        raise invalid(path, message, _AGAIN, line=1, column=1)
