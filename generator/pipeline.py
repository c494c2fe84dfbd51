"""Plan units from their specs, for one unit or thousands.

A unit whose inputs match the digest in its lock needs no YAML parsing, schema or rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from . import assets, config, lock, render, spec, template
from .base_lock import BaseLock, LockReader, check_parts, check_version, newer_problem, newer_tool
from .choice import Choice
from .config import Config
from .crossfile import across_files
from .digests import parts_digest
from .errors import Invalid, Problem, invalid
from .file_places import relocated
from .foreign import Foreign
from .listed_files import with_listed_files
from .lock import Lock
from .locked_paths import tampered
from .merge import may_be_marked
from .moved_units import MovedUnits
from .own_kustomizations import kustomizations_in
from .plan import Plan, kept, make_plan
from .planned import Unit, failure_of, paths_in, twin_of
from .question import Question
from .render import Rendered
from .spec import Spec
from .strays import stray_units
from .template import Template
from .tree import LOCK_NAME, SPEC_NAME, folded, join, owner_of, unit_fault, workflow_of
from .worktree import Worktree

Planner = Callable[[Sequence[str]], Iterable[Unit]]
_AGAIN = "restore its earlier version from git, or delete it and run scaffold regenerate"


@dataclass
class Pipeline:
    """One run: the repository, its config, and the user's options. ``full`` also renders unchanged units, and compares
    them with their locks. ``pending`` are the new texts of specs that are not written yet, by unit.
    """

    worktree: Worktree
    config: Config
    choice: Choice = field(default_factory=Choice)
    full: bool = False
    markers: bool = False  # write conflicts as conflict markers
    downgrade: bool = False  # also plan units whose lock a newer release wrote, and this one would rewrite
    templates: dict[str, tuple[Template, bytes]] = field(default_factory=dict)
    foreign: Foreign = field(default_factory=Foreign)
    pending: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()  # of the units that are planned together, folded

    def units(self, names: Iterable[str], plan: Planner | None = None) -> Iterator[Unit]:
        """Yield every unit with its plan, or its problems; ``plan`` makes them (default: ``unit`` for each name)."""
        seen: dict[str, str] = {}
        outside: dict[str, str] = {}
        names = list(names)
        first = [name for name in names if seen.setdefault(folded(name), name) == name]
        self.names = frozenset(seen)
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
        """Yield deleted units whose workflow still exists (``strays.stray_units``)."""
        return stray_units(self.worktree, self.choice, self.moved)

    def unit(self, name: str) -> Unit:
        """Return one unit with its plan or its problems: no input of one unit ends the run."""
        try:
            return self._unit(name)
        except Exception as error:
            return failure_of(name, error)

    def added(self, name: str, text: str, before: Pipeline | None = None) -> Unit:
        """Return a unit whose spec will have this text, planned together with the units that it could conflict with.

        These go through the same checks as in every other command, so that a unit accepted here is accepted there.
        Raises Invalid for its problems, and for those of other units that they do not have ``before``.
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
            known = {problem for one in (before or self).units(others) for problem in one.problems}
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
    def locks(self) -> LockReader:
        """The locks of the run."""
        return LockReader(self.worktree)

    @cached_property
    def found(self) -> list[str]:
        """The existing units, searched once."""
        return self.worktree.units()

    @cached_property
    def moved(self) -> MovedUnits:
        """The units whose folders were moved since their locks were written."""
        return MovedUnits(self.worktree, lambda: self.found, lambda unit: self.locks.read(unit).lock)

    def values(self, read: Spec, loaded: Template) -> dict[str, Any]:
        """Return the values of a spec (``spec.values``). Raises Invalid with every problem."""
        check = partial(self.foreign.faults, loaded, path=read.path) if loaded.has_own_schema else None
        faults = loaded.behaviour.all_faults(read.path.rpartition("/")[0] or ".")
        known = loaded.behaviour.nullable
        places = loaded.behaviour.places
        return spec.values(read, self.config, loaded.schema, faults, check, loaded.base, known, places)

    def render(self, loaded: Template, values: Mapping[str, Any], path: str, unit: str) -> Rendered:
        """Return the files of a unit. Raises Invalid, at ``path``, for a template that cannot render them."""
        made = (self.foreign if loaded.is_own else render).render(loaded, values, path, unit)
        return relocated(made, loaded.behaviour.places(values))

    def _exists(self, spec_path: str) -> bool:
        """Tell whether a spec exists or will exist at a path, or at one that some file systems treat as the same."""
        unit = spec_path.rpartition("/")[0] or "."
        return folded(unit) in self.names or self.worktree.has(spec_path)

    def _unit(self, name: str) -> Unit:
        spec_path, lock_path = join(name, SPEC_NAME), join(name, LOCK_NAME)
        if fault := unit_fault(name):
            raise invalid(spec_path, f"is in a folder whose name {fault}", "rename the folder", line=1, column=1)
        text = self.pending[name] if name in self.pending else self.worktree.read(spec_path)
        if text is None:
            raise invalid(spec_path, "does not exist", "restore it, or run scaffold list")
        found = self.locks.read(name)
        base = found.lock
        if base:
            self._check_neighbours(name, base.files, lock_path)
        # Line ends depend on the checkout, and are not an input.
        data = text.removeprefix("\ufeff").replace("\r\n", "\n").encode("utf-8", "surrogateescape")
        if base and self._is_known(base.template):
            template, digest = self.template(base.template, spec_path)
            check_version(base, template, lock_path)
            held = self.config.holds(base.template, name) and spec.parse_spec(text, spec_path).template == base.template
            former = lock.former_folder(base, name)
            is_current = not former and base.is_made_from(parts_digest(digest, data))
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
                with paths_in(name):
                    shown = base.within_folder if former else base
                    plan = kept(name, shown, ours, question, held=held and base.spec != parts_digest(data))
                return self._planned(plan, found)
        if base and self.full:
            check_parts(base, lock_path)
        return self._planned(self._rendered(name, spec_path, text, data, base), found)

    def _planned(self, plan: Plan, found: BaseLock) -> Unit:
        """Return a unit with its plan. Raises Invalid if the run must not write its lock."""
        settled = found.settled(plan.lock)
        newer = newer_tool(found.lock) if settled else ""
        if newer and not self.downgrade:
            raise Invalid(newer_problem(join(plan.unit, LOCK_NAME), newer))
        guarded = replace(self._guarded(plan), lock=settled)
        return Unit(plan.unit, guarded, (), found.text, unsettled=found.sides is not None, newer_tool=newer)

    def _verify(self, name: str, text: str, data: bytes, base: Lock, *, renders: bool) -> None:
        """Check that a lock is true: its texts match their digests, and, if its inputs are unchanged, match what these
        render. Raises Invalid.
        """
        path = join(name, LOCK_NAME)
        check_parts(base, path)
        if renders and self._rendered(name, join(name, SPEC_NAME), text, data, base).lock is not None:
            message = "does not match what its spec, config and template render"
            raise invalid(path, message, _AGAIN, line=1, column=1)

    def _is_known(self, template: str) -> bool:
        return template in assets.template_names() or self.worktree.own_template(template) is not None

    def _rendered(self, name: str, path: str, text: str, data: bytes, base: Lock | None) -> Plan:
        read = spec.parse_spec(text, path)
        template, digest = self.template(read.template, path)
        if base and base.template == template.name:
            check_version(base, template, join(name, LOCK_NAME))
        values = self.values(read, template)
        rendered = self.render(template, values, path, name)
        spec.refuse_faults(
            template.behaviour.object_faults(values, rendered.tree, self.config.kubernetes), read, self.config
        )
        self._check_neighbours(name, rendered.tree, path)
        known = self.moved.continued(name, base, wanted=workflow_of(name) in rendered.tree)
        base = known.base
        ours = known.without_hidden(
            self._ours(name, paths := {**(base.files if base else {}), **rendered.tree}), name
        )  # fmt: skip
        self._check_owner(name, ours, known.source)
        new = Lock(parts_digest(digest, data), parts_digest(data), template.name, template.version, {})
        question = self._question(name, paths, (spec.policies(values), template.once))
        question = question.of_behaviour(template.behaviour, values, read.data, reroute=self.choice.reroute)
        question = replace(question, executable=self.worktree.executable(name, ours))
        with paths_in(name):
            plan = make_plan(name, template.name, base, ours, rendered, new, question)
        plan = plan.noted({workflow_of(name): known.notes} if known.notes else {})
        plan = across_files(plan, base, ours, template.behaviour, values, question)
        return with_listed_files(plan, question, partial(kustomizations_in, self.worktree, name))

    def _question(self, name: str, paths: Iterable[str], policies: tuple[Mapping[str, str], ...] = ()) -> Question:
        """Return the policies and options that decide a unit's plan, apart from the texts."""
        if self.choice == Choice():
            return Question(policies, markers=self.markers)
        whole = {one: join(name, one) for one in paths}
        settle = {one: self.choice.settle(path) for one, path in whole.items()}
        resets = {one: self.choice.resets(path) for one, path in whole.items()}
        return Question(policies, settle, resets, markers=self.markers)

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

    def _check_owner(self, name: str, ours: Mapping[str, str], moved: str) -> None:
        """Refuse a workflow whose first line names another existing unit as its owner, unless it was ``moved``."""
        for path in (one for one in ours if one.startswith("/") and one != moved):
            owner = owner_of(ours[path])
            other = owner.rpartition("/")[0] or "."
            if owner and other != name and self._exists(owner):
                raise Invalid(_twice(name, other, path))

    def _guarded(self, plan: Plan) -> Plan:
        """Record the edits at paths that the config locks."""
        if not self.config.locked:
            return plan
        with paths_in(plan.unit):
            changes = tuple(replace(one, tampered=tampered(one, self.config.locked)) for one in plan.changes)
        return replace(plan, changes=changes)


def read_config(worktree: Worktree) -> Config:
    """Return the repository's config. Raises Invalid with every problem."""
    text = worktree.read(config.PATH)
    if text is None:
        raise invalid(config.PATH, "does not exist", "run scaffold init")
    return config.parse_config(text, worktree.own_templates)


def _twice(unit: str, other: str, path: str) -> Problem:
    one, two = join(other, SPEC_NAME), join(unit, SPEC_NAME)
    return Problem(two, 1, 1, f"{one} and {two} both generate {path[1:]}", "move or rename one, or set workflow: false")
