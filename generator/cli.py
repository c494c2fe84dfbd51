"""The command line: parse, call, print, exit. One command, one function; one place where errors end."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from . import __version__, report, repository
from .errors import Invalid, Problem, invalid
from .pipeline import Choice, Pipeline, Unit, read_config
from .tree import SPEC_NAME, join
from .worktree import JOURNAL, Worktree, Write

_USAGE_ERROR = typer.BadParameter.__bases__[0]  # Typer carries its own click, which has no public name

app = typer.Typer(
    name="scaffold",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Generate config from small specs, keep every edit, and fail CI on drift.",
)


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class ListFormat(StrEnum):
    """How units are listed."""

    TEXT = "text"
    JSON = "json"


class Automation(StrEnum):
    """Who moves image tags."""

    FLUX_V1 = "flux-v1"
    NONE = "none"


def _complete_units(incomplete: str) -> list[str]:
    """Offer the units below what was typed to the shell."""
    try:
        return [one for one in repository.discover(repository.find_root(Path.cwd())) if one.startswith(incomplete)]
    except Invalid:
        return []


Root = Annotated[
    Path | None, typer.Option("--root", help="The repository; else the nearest .scaffold/ above.", metavar="DIR")
]
Paths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Units at, under or around these paths; all without.", metavar="[PATH]...", autocompletion=_complete_units
    ),
]
Fmt = Annotated[Format, typer.Option("--format", help="How to print the result.")]
Changed = Annotated[
    str | None, typer.Option("--changed-since", help="Only units that changed since this git revision.", metavar="REF")
]
Shard = Annotated[
    str | None, typer.Option("--shard", help="Only the I-th of N equal parts of the units.", metavar="I/N")
]
Ours = Annotated[
    list[str] | None,
    typer.Option("--ours", help="Settle conflicts for your side: all, or those named.", metavar="[PATH[:FIELD]]"),
]
Theirs = Annotated[
    list[str] | None,
    typer.Option("--theirs", help="Settle conflicts for the generated side.", metavar="[PATH[:FIELD]]"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")]
DirOption = Annotated[
    str | None, typer.Option("--dir", help="The unit's folder, in place of the usual one.", metavar="DIR")
]


@app.callback()
def _main(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print tracebacks of bugs.")] = False,
) -> None:
    ctx.obj = verbose
    if version:
        _out(f"scaffold {__version__}")
        raise typer.Exit


@app.command()
def init(
    root: Root = None,
    automation: Annotated[Automation | None, typer.Option(help="Who moves image tags.", show_default="flux-v1")] = None,
    quiet: Quiet = False,
) -> int:
    """Make a repository ready: .scaffold/ with config and editor schemas, .gitattributes, .gitignore."""
    from .create import init_writes  # noqa: PLC0415 - start-up time is a feature

    top = root.resolve() if root else repository.top_level(Path.cwd())
    if not top.is_dir():
        raise invalid(str(root), "is no folder", "make it first")
    worktree = Worktree(top)
    _prepare(worktree)
    with worktree.alone(_waiting):
        changes = init_writes(worktree, automation.value if automation else None)
        worktree.apply(changes)
    _tell_writes(changes, quiet)
    if not quiet:
        _out(f"{top} is ready: scaffold new-service, scaffold alerting" if changes else "nothing to do")
    return 0


@app.command("new-service")
def new_service(  # noqa: PLR0917
    name: Annotated[str | None, typer.Argument(help="Name of the service.", show_default=False)] = None,
    image: Annotated[
        str | None, typer.Option(help="Image of the main container, with or without tag.", metavar="IMAGE[:TAG]")
    ] = None,
    container: Annotated[str | None, typer.Option(help="Name of the main container.", show_default="app")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port that it listens on.", show_default="8080")] = None,
    namespace: Annotated[str | None, typer.Option(help="Namespace.", show_default="NAME")] = None,
    create_namespace: Annotated[
        bool | None,
        typer.Option("--create-namespace/--no-create-namespace", help="Whether this unit makes the Namespace."),
    ] = None,
    replicas: Annotated[int | None, typer.Option(help="Number of pods.", show_default="1")] = None,
    tag: Annotated[str | None, typer.Option(help="Tag to start from.")] = None,
    tag_glob: Annotated[
        str | None, typer.Option(help="Tags that automation may take.", show_default="master-*")
    ] = None,
    tag_semver: Annotated[str | None, typer.Option(help="The same as a version range.")] = None,
    tag_regexp: Annotated[str | None, typer.Option(help="The same as a regular expression (RE2).")] = None,
    automation: Annotated[
        Automation | None, typer.Option(help="Who moves image tags.", show_default="the config's")
    ] = None,
    directory: DirOption = None,
    ours: Ours = None,
    theirs: Theirs = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Make a service: Namespace, ServiceAccount, Deployment with Flux annotations, Service, kustomization."""
    from .create import Given, split_image  # noqa: PLC0415

    worktree = _worktree(root)
    name = _required(name, "NAME", "Name of the service")
    repository_part, image_tag = split_image(_required(image, "--image", "Image, such as ghcr.io/example/app:v1"))
    if tag and image_tag and tag != image_tag:
        raise invalid("--tag", f"is {tag!r}, and --image has the tag {image_tag!r}", "give one of them")
    patterns = {"glob": tag_glob, "semver": tag_semver, "regexp": tag_regexp}
    policies = {method: pattern for method, pattern in patterns.items() if pattern is not None}
    if len(policies) > 1:
        raise invalid("--tag-glob", "only one of --tag-glob, --tag-semver and --tag-regexp can be given", "choose one")
    policy = next((f"{method}:{pattern}" for method, pattern in policies.items()), None)
    values: list[tuple[tuple[str, ...], Any, str]] = [
        (("name",), name, "NAME"),
        (("image",), repository_part, "--image"),
        (("tag",), tag or image_tag or None, "--tag" if tag else "--image"),
        (("tags",), policy, f"--tag-{next(iter(policies), 'glob')}"),
        (("container",), container, "--container"),
        (("port",), port, "--port"),
        (("replicas",), replicas, "--replicas"),
        (("namespace", "name"), namespace, "--namespace"),
        (("namespace", "create"), create_namespace, "--create-namespace"),
        (("automation",), automation.value if automation else None, "--automation"),
    ]
    given = [Given(*one) for one in values if one[1] is not None]
    return _create(worktree, "service", f"services/{name}", directory, given, _choice(ours, theirs), quiet)


@app.command()
def alerting(
    name: Annotated[str | None, typer.Argument(help="Name, for more than one.", show_default="alerting")] = None,
    directory: DirOption = None,
    values_file: Annotated[
        str | None, typer.Option(help="Name of the values file in that folder.", show_default="values.yaml")
    ] = None,
    slack_channel: Annotated[str | None, typer.Option(help="Slack channel.", show_default="#alerts")] = None,
    slack_api_url_file: Annotated[
        str | None, typer.Option(help="File in Alertmanager's pod that holds the webhook's address.", metavar="PATH")
    ] = None,
    ours: Ours = None,
    theirs: Theirs = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Make Helm values for the kube-prometheus-stack chart: Slack receiver, "null" receiver, Watchdog to "null"."""
    from .create import Given  # noqa: PLC0415

    worktree = _worktree(root)
    values: list[tuple[tuple[str, ...], Any, str]] = [
        (("name",), name or "alerting", "NAME"),
        (("values_file",), values_file, "--values-file"),
        (("slack", "channel"), slack_channel, "--slack-channel"),
        (("slack", "api_url_file"), slack_api_url_file, "--slack-api-url-file"),
    ]
    given = [Given(*one) for one in values if one[1] is not None]
    usual = "alerting" if name in {None, "alerting"} else f"alerting/{name}"
    return _create(worktree, "alerting", usual, directory, given, _choice(ours, theirs), quiet)


@app.command()
def regenerate(
    paths: Paths = None,
    ours: Ours = None,
    theirs: Theirs = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Bring every unit up to date. Your edits stay; a unit with a conflict is not touched."""
    from .pipeline import schema_writes, writes  # noqa: PLC0415

    worktree = _worktree(root)
    choice = _choice(ours, theirs)
    if dry_run:
        units = list(_units(worktree, paths, changed_since, shard, choice=choice))
        _show_units(units, fmt, quiet)
        return 2 if _tell_problems(units) else 0
    with worktree.alone(_waiting):
        _finish(worktree)
        units = list(_units(worktree, paths, changed_since, shard, choice=choice))
        _check_places(choice, units)
        changes = writes(units, schema_writes(worktree))
        worktree.apply(changes)
    if fmt is Format.TEXT:
        _tell_writes([one for one in changes if not one.path.endswith("/scaffold.lock")], quiet)
    _show_units([one for one in units if one.plan and (one.plan.blocked or one.plan.held)], fmt, quiet, done=units)
    return _code(units)


@app.command()
def diff(
    paths: Paths = None,
    strict: Annotated[bool, typer.Option("--strict", help="Edits by hand are findings too.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Render everything, trust no digest.")] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Show what regenerate would do, and exit 1 if that is anything. Writes nothing: the gate for CI."""
    worktree = _worktree(root)
    if worktree.interrupted:
        _err(f"{JOURNAL}: a run was interrupted\n    run scaffold regenerate to finish it")
    units: list[Unit] = []
    counts: Counter[str] = Counter()
    total, drifting = 0, False
    for unit in _units(worktree, paths, changed_since, shard, full=verify):
        total += 1
        counts.update(report.count_states([unit]))
        changes = unit.plan.changes if unit.plan else ()
        drifting = (
            drifting or bool(unit.plan and unit.plan.drifts) or (strict and any(c.state == "edited" for c in changes))
        )
        if unit.plan is None or unit.plan.held or any(report.shown(one, strict=strict) for one in changes):
            units.append(unit)
    _show_units(units, fmt, quiet, strict=strict)
    if fmt is Format.TEXT and not quiet:
        _out(report.summary(counts, total))
    return 2 if _tell_problems(units) else int(drifting)


@app.command()
def status(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Show the state of every unit and file."""
    worktree = _worktree(root)
    units = list(_units(worktree, paths, changed_since, shard))
    if fmt is Format.JSON:
        _out(report.dump([row for unit in units for row in report.change_rows(unit, everything=True)]))
    elif fmt is Format.GITHUB:
        _show_units(units, fmt, quiet)
    else:
        for unit in units:
            if unit.plan is None:
                continue
            states = report.count_states([unit])
            held = ", held" if unit.plan.held else ""
            _out(
                f"{unit.name} ({unit.plan.template}): {', '.join(f'{n} {s}' for s, n in sorted(states.items()))}{held}"
            )
            if not quiet:
                for change in unit.plan.changes:
                    _out(f"  {change.state:<9} {join(unit.name, change.path)}")
        _out(report.summary(report.count_states(units), len(units)))
    return 2 if _tell_problems(units) else 0


@app.command("list")
def list_units(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Annotated[ListFormat, typer.Option("--format", help="How to print the result.")] = ListFormat.TEXT,
) -> int:
    """List the units."""
    from . import spec  # noqa: PLC0415

    worktree = _worktree(root)
    rows, bad = [], []
    for name in _names(worktree, paths, changed_since, shard):
        path = join(name, SPEC_NAME)
        try:
            read = spec.read(worktree.read(path) or "", path)
            rows.append({"unit": name, "template": read.template, "name": str(read.data.get("name", ""))})
        except Invalid as error:
            bad.append(Unit(name, None, error.problems))
    if fmt is ListFormat.JSON:
        _out(report.dump(rows))
    else:
        for row in rows:
            _out(f"{row['unit']}  {row['template']}")
    return 2 if _tell_problems(bad) else 0


@app.command()
def merge(
    base: Annotated[Path, typer.Argument(help="The common ancestor.")],
    ours: Annotated[Path, typer.Argument(help="Your file.")],
    theirs: Annotated[Path, typer.Argument(help="The other file.")],
    path: Annotated[
        str | None, typer.Option("--path", help="The name that says what kind of file it is.", metavar="NAME")
    ] = None,
    markers: Annotated[
        bool, typer.Option("--markers", help="On a conflict write git's markers (for git's merge driver).")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; else to stdout.")] = None,
) -> int:
    """Merge three files as scaffold does; on a conflict exit 1 and, without --markers, write nothing."""
    from . import merge as engine  # noqa: PLC0415
    from .worktree import read_any, replace_any  # noqa: PLC0415

    texts = [read_any(one) for one in (base, ours, theirs)]
    name = path or str(ours)
    merged = engine.merge(*texts, name)
    for conflict in merged.conflicts:
        _err(report.conflict_text(name, conflict))
    for note in merged.notes:
        _err(f"note: {name}: {note}")
    if merged.conflicts and not markers:
        return 1
    text = merged.text
    if merged.conflicts:
        text = engine.markers(*texts, ("base", "ours", "theirs"))
    if output:
        replace_any(output, text)
    else:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    return int(bool(merged.conflicts))


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code. The one place where errors end."""
    verbose = "-v" in arguments or "--verbose" in arguments
    try:
        result = app(_expanded(arguments), standalone_mode=False, prog_name="scaffold")
        sys.stdout.flush()
    except Invalid as error:
        for problem in error.problems:
            _err(report.problem_text(problem))
        return error.exit_code
    except _USAGE_ERROR as error:
        error.show()  # type: ignore[attr-defined]
        return 2
    except (typer.Abort, KeyboardInterrupt):
        _err("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if verbose:
            raise
        what = report.safe(f"{type(error).__name__}: {error}".replace("\n", " "))
        _err(
            f"scaffold {__version__} has a bug: {what}\n    run it again with -v before the command and report the traceback"
        )
        return 3
    return result if isinstance(result, int) else 0


def _expanded(arguments: Sequence[str]) -> list[str]:
    """Give ``--ours`` and ``--theirs`` without a value the one that means all."""
    return [f"{one}=*" if one in {"--ours", "--theirs"} else one for one in arguments]


def _worktree(root: Path | None) -> Worktree:
    return Worktree(repository.find_root(Path.cwd(), root))


def _prepare(worktree: Worktree) -> None:
    from .worktree import make_dot_dir  # noqa: PLC0415

    make_dot_dir(worktree.root)


def _finish(worktree: Worktree) -> None:
    if worktree.interrupted:
        skipped = worktree.finish()
        _err("finished a run that was interrupted")
        for path in skipped:
            _err(f"{path}: was changed since, and left as it is")


def _names(worktree: Worktree, paths: list[str] | None, changed: str | None, shard: str | None) -> list[str]:
    names = repository.changed_since(worktree.root, changed) if changed is not None else None
    if names is None:
        names = repository.discover(worktree.root)
    if paths:
        known = names if changed is None else repository.discover(worktree.root)
        chosen = set(repository.select(worktree.root, known, paths, Path.cwd()))
        names = [one for one in names if one in chosen]
    if shard is None:
        return names
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= 10000):
        raise invalid("--shard", f"{shard!r} is no part", "write it like 1/4")
    return names[int(part) - 1 :: int(parts)]


def _units(  # noqa: PLR0913
    worktree: Worktree,
    paths: list[str] | None,
    changed: str | None,
    shard: str | None,
    *,
    choice: Choice | None = None,
    full: bool = False,
) -> Iterator[Unit]:
    pipeline = Pipeline(worktree, read_config(worktree), choice or Choice(), full)
    return pipeline.units(_names(worktree, paths, changed, shard))


def _create(  # noqa: PLR0913
    worktree: Worktree,
    template: str,
    usual: str,
    directory: str | None,
    given: Sequence[Any],
    choice: Choice,
    quiet: bool,
) -> int:
    from .create import create  # noqa: PLC0415

    folder = usual if directory is None else repository.place(worktree.root, directory, Path.cwd())
    with worktree.alone(_waiting):
        _finish(worktree)
        pipeline = Pipeline(worktree, read_config(worktree), choice)
        made = create(pipeline, folder, template, given)
        worktree.apply(made.writes)
    plan = made.unit.plan
    if plan is not None and plan.blocked:
        command = report.command_line([one for one in sys.argv[1:] if not one.startswith(("--ours", "--theirs"))])
        for change in plan.changes:
            if change.conflicts:
                _err(report.change_text(made.unit, change, command).rstrip("\n"))
        _err(f"nothing was written\n    keep yours: {command} --ours\n    take all:   {command} --theirs")
        return 1
    _tell_writes([one for one in made.writes if not one.path.endswith("/scaffold.lock")], quiet)
    for note in (*made.notes, *(note for change in (plan.changes if plan else ()) for note in change.notes)):
        _err(f"note: {note}")
    if not made.writes and not quiet:
        _out("nothing to do")
    return 0


def _choice(ours: list[str] | None, theirs: list[str] | None) -> Choice:
    def pairs(values: list[str] | None) -> tuple[tuple[str, str], ...]:
        split = ((one or "*").partition(":") for one in values or ())
        return tuple((place.removeprefix("./").rstrip("/") or "*", field) for place, _, field in split)

    return Choice(pairs(ours), pairs(theirs))


def _check_places(choice: Choice, units: Sequence[Unit]) -> None:
    paths = {join(unit.name, change.path) for unit in units if unit.plan for change in unit.plan.changes}
    for place in choice.places:
        if not any(path == place or path.startswith(f"{place}/") for path in paths):
            raise invalid(place, "is no generated file of these units", "name a path as scaffold diff prints it")


def _required(value: str | None, option: str, question: str) -> str:
    if value is not None:
        return value
    if not sys.stdin.isatty():
        raise invalid(option, "is missing", "give it on the command line")
    return str(typer.prompt(question))


def _code(units: Sequence[Unit]) -> int:
    if _tell_problems(units):
        return 2
    return int(any(unit.plan and (unit.plan.blocked or unit.plan.held) for unit in units))


def _tell_problems(units: Sequence[Unit]) -> bool:
    problems: list[Problem] = [problem for unit in units for problem in unit.problems]
    for problem in problems:
        _err(report.problem_text(problem))
        if os.environ.get("GITHUB_ACTIONS") == "true":
            _out(report.annotation("error", problem.path, problem.line, "scaffold", problem.message), command=True)
    return bool(problems)


def _tell_writes(changes: Sequence[Write], quiet: bool) -> None:
    if quiet:
        return
    for one in changes:
        verb = "deleted" if one.after is None else "created" if one.before is None else "updated"
        _out(f"{verb} {one.path}")


def _show_units(  # noqa: PLR0913
    units: Sequence[Unit], fmt: Format, quiet: bool, *, strict: bool = False, done: Sequence[Unit] | None = None
) -> None:
    """Print what is not as it should be; after a run that wrote, with the counts of ``done``."""
    if fmt is Format.JSON:
        shown = units if done is None else done
        _out(report.dump([row for unit in shown for row in report.change_rows(unit, everything=False, strict=strict)]))
        return
    for unit in units:
        if fmt is Format.GITHUB:
            for line in report.change_annotations(unit):
                _out(line, command=True)
            continue
        if unit.plan is None:
            continue
        if unit.plan.held:
            _out(f"held      {unit.name}: its spec changed; take it off hold in .scaffold/config.yaml to regenerate it")
        for change in unit.plan.changes:
            if report.shown(change, strict=strict) and (done is None or change.conflicts):
                text = report.change_text(unit, change).rstrip("\n")
                _out(report.coloured(report.safe(text)) if _has_colour() else text)
    if fmt is Format.TEXT and done is not None and not quiet:
        _out(report.summary(report.count_states(done), len(done)))


def _has_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _waiting(lock: str) -> None:
    _err(f"waiting for another scaffold run, which holds {lock}")


def _out(text: str, *, command: bool = False) -> None:
    """Print a result; file text in it cannot reach the terminal's or the runner's commands."""
    _print(sys.stdout, text, command)


def _err(text: str) -> None:
    _print(sys.stderr, text, command=False)


def _print(stream: Any, text: str, command: bool) -> None:
    if not (command or (_has_colour() and "\x1b[" in text)):
        text = report.safe(text, in_actions=os.environ.get("GITHUB_ACTIONS") == "true")
    data = f"{text}\n".encode("utf-8", "backslashreplace")
    stream.flush()
    stream.buffer.write(data)
    stream.flush()
