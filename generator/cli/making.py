"""The commands that make things: init, new-service and new-e2e; what alerting shares with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__, config, disk, origin, report, repository
from ..choice import Call, Choice
from ..create import Ask, Given, Known, create
from ..errors import Invalid, Problem, invalid
from ..pipeline import Pipeline, read_config
from ..printable import command
from ..ready import ready
from ..shipped.service.containers import image_values
from ..tree import DOT_DIR
from ..worktree import Worktree, make_dot_dir
from .console import ask as ask_user
from .console import err, out
from .options import SETTLING, Automation, DirOption, Ours, Quiet, Reset, Root, Theirs, Update
from .selection import check_places, finish_interrupted, open_worktree, read_choice, settling
from .telling import tell_resets, tell_writes


def init(
    root: Root = None,
    automation: Annotated[Automation | None, typer.Option(help="Who moves image tags.", show_default="flux-v1")] = None,
    ci_install: Annotated[
        str | None,
        typer.Option(
            help="What workflows install, pinned: NAME==VERSION or NAME @ git+https://…@COMMIT.",
            metavar="REQUIREMENT",
            show_default="as this scaffold was installed",
        ),
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Make a repository ready: .scaffold/ with config and editor schemas, git's files, workflows in .github/."""
    top = root.resolve() if root else repository.top_level(Path.cwd())
    if not disk.is_folder(top):
        raise invalid(str(root), "is not a folder", "create it first")
    if ci_install is not None and not disk.exists(top / DOT_DIR):
        origin.checked(ci_install, config.compatible(__version__))  # before anything is made
    worktree = Worktree(top)
    make_dot_dir(top)
    with worktree.alone(err):
        finish_interrupted(worktree)
        made = ready(worktree, automation.value if automation else None, ci_install)
        applied = worktree.apply(made.writes)
    tell_writes(applied.written, quiet)
    for note in made.notes:
        err(*f"note: {note}".split("\n"))  # all of them are ours, some with what to do below
    if made.unit and made.unit.plan and made.unit.plan.blocked:
        call = settling(Choice(), root)
        for change in made.unit.plan.changes:
            if change.conflicts:
                err(*report.change_lines(made.unit, change, call))
        err(*report.all_lines([made.unit], call))
        return 1
    if applied.left:
        raise Invalid(applied.left)
    if not quiet:
        out(f"{top} is ready: scaffold new-service, scaffold alerting" if made.writes else "nothing to do")
    return 0


def new_service(
    ctx: typer.Context,
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
        str | None, typer.Option(help="Tags that automation may take.", show_default="follows from the tag")
    ] = None,
    tag_semver: Annotated[str | None, typer.Option(help="The same as a version range.")] = None,
    tag_regexp: Annotated[str | None, typer.Option(help="The same as a regular expression (RE2).")] = None,
    automation: Annotated[
        Automation | None, typer.Option(help="Who moves image tags.", show_default="the config's")
    ] = None,
    e2e: Annotated[
        bool | None, typer.Option("--e2e/--no-e2e", help="Whether it has a test on kind.", show_default="yes")
    ] = None,
    build: Annotated[
        str | None,
        typer.Option(help="Where that test builds the image; else it is pulled.", metavar="DIR"),
    ] = None,
    workflow: Annotated[
        bool | None,
        typer.Option("--workflow/--no-workflow", help="Whether that test has its own workflow.", show_default="no"),
    ] = None,
    directory: DirOption = None,
    update: Update = False,
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Make a service: Namespace, ServiceAccount, Deployment with Flux annotations, Service, kustomization, e2e test."""
    worktree = open_worktree(root)
    name, image = _required(
        (name, "NAME", "Name of the service"), (image, "--image", "Image, such as ghcr.io/example/app:v1")
    )
    values: list[tuple[tuple[str, ...], Any, str]] = [
        (("name",), name, "NAME"),
        *image_values(image, tag, {"glob": tag_glob, "semver": tag_semver, "regexp": tag_regexp}),
        (("container",), container, "--container"),
        (("port",), port, "--port"),
        (("replicas",), replicas, "--replicas"),
        (("namespace", "name"), namespace, "--namespace"),
        (("namespace", "create"), create_namespace, "--create-namespace"),
        (("automation",), automation.value if automation else None, "--automation"),
        (("e2e",), e2e, "--e2e"),
        (("build",), build, "--build"),
        (("workflow",), workflow, "--workflow"),
    ]
    given = [Given(*one) for one in values if one[1] is not None]
    return _create(
        ctx,
        worktree,
        "service",
        f"services/{name}",
        directory,
        given,
        read_choice(ours, theirs, reset),
        quiet,
        update=update,
    )


def new_e2e(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of the test.", show_default=False)] = None,
    plugin: Annotated[
        str | None,
        typer.Option(help="The plugin, as in kubectl PLUGIN.", metavar="PLUGIN", show_default="NAME without kubectl-"),
    ] = None,
    krew_index: Annotated[
        str | None,
        typer.Option(help="Commit of krew's index that has the version of the plugin to test.", metavar="COMMIT"),
    ] = None,
    workflow: Annotated[
        bool | None,
        typer.Option("--workflow/--no-workflow", help="Whether it has a workflow.", show_default="yes"),
    ] = None,
    directory: DirOption = None,
    update: Update = False,
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Make an end-to-end test of a kubectl plugin on kind: Makefile, cluster, fixture, expected output, workflow."""
    worktree = open_worktree(root)
    (name,) = _required((name, "NAME", "Name of the test, such as kubectl-tree"))
    values: list[tuple[tuple[str, ...], Any, str]] = [
        (("name",), name, "NAME"),
        (("plugin",), plugin, "--plugin"),
        (("install", "krew_index"), krew_index, "--krew-index"),
        (("workflow",), workflow, "--workflow"),
    ]
    given = [Given(*one) for one in values if one[1] is not None]
    return _create(
        ctx, worktree, "e2e", f"e2e/{name}", directory, given, read_choice(ours, theirs, reset), quiet, update=update
    )


def _create(
    ctx: typer.Context,
    worktree: Worktree,
    template: str,
    usual: str,
    directory: str | None,
    given: Sequence[Any],
    choice: Choice,
    quiet: bool,
    ask: Ask | None = None,
    *,
    update: bool = False,
) -> int:
    if directory == "":
        raise invalid("--dir", "is empty", "name a folder; . is the root")
    folder = usual if directory is None else repository.place(worktree.root, directory, Path.cwd())
    called = tuple(_called(ctx))
    with worktree.alone(err):
        resumed = finish_interrupted(worktree)
        pipeline = Pipeline(worktree, read_config(worktree), choice)
        made = create(pipeline, folder, template, given, Known(update, command(called, "--update"), resumed), ask)
        check_places(choice, [made.unit])
        applied = worktree.apply(made.writes)
    plan = made.unit.plan
    if plan is not None and plan.blocked:
        call = Call(called, choice)
        for change in plan.changes:
            if change.conflicts:
                err(*report.change_lines(made.unit, change, call))
        err(*report.all_lines([made.unit], call), "nothing was written")
        return 1
    tell_writes(applied.written, quiet)
    tell_resets([made.unit], Call(called, choice), quiet)
    if applied.left:
        raise Invalid(applied.left)
    for note in (*made.notes, *(note for change in (plan.changes if plan else ()) for note in change.notes)):
        err(f"note: {note}")
    if not made.writes and not quiet:
        out("nothing to do")
    return 0


def _called(ctx: typer.Context) -> Iterator[str]:
    """Yield the words of the command line that settle nothing; one may be the value of an option."""
    options = [one for one in ctx.command.params if one.param_type_name == "option"]
    with_value = {name for one in options if not getattr(one, "is_flag", True) for name in one.opts} - SETTLING
    words = iter(sys.argv[1:])
    yield "scaffold"
    for one in words:
        if one == "--":
            yield one
            yield from words
        elif one == "--reset":
            next(words, None)
        elif one.partition("=")[0] not in SETTLING:
            yield one
            if one in with_value and (value := next(words, None)) is not None:
                yield value


def _required(*wanted: tuple[str | None, str, str]) -> list[str]:
    """Return values, each with its option and question; those that are missing are asked for on a terminal."""
    missing = [option for value, option, _question in wanted if value is None]
    if missing and not sys.stdin.isatty():
        raise Invalid(Problem(option, 0, 0, "is missing", "give it on the command line") for option in missing)
    return [ask_user(question) if value is None else value for value, _option, question in wanted]
