"""The command line: parse arguments, call a command's function, and turn errors into messages and exit codes."""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from .. import __version__, report
from ..errors import Invalid
from .console import OutputFailed, err, give_up, out, unraisable

# What libraries that print (help, prompts) raise if the disk is full, or the reader is gone.
_DISK = {errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE, errno.EDQUOT, errno.EAGAIN, errno.EBADF}
# Typer bundles its own click, which has no public name.
_USAGE_ERROR: Any = typer.BadParameter.__bases__[0]
_HELP = frozenset({"-h", "--help", "--show-completion"})
_EITHER = ("--ours", "--theirs")
_INTERRUPTED = 130
# The commands that create units follow init.
_COMMANDS = (
    "init", "new", "adopt", "template", "regenerate", "diff", "status", "explain", "edits", "reset", "list", "render",
    "mv", "rm", "merge", "validate", "rules", "lsp", "route", "tags", "migrate", "doctor",
)  # fmt: skip
# Commands with subcommands: the help, and the names.
_GROUPS = {"template": ("List, copy, check, add or update templates.", ("list", "copy", "check", "add", "update"))}


def _version(wanted: bool) -> None:
    if wanted:
        out(f"scaffold {__version__}")
        raise typer.Exit


def _options(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print tracebacks of bugs.")] = False,
) -> None:
    ctx.obj = (version, verbose)


def command_names() -> tuple[str, ...]:
    """Return the names of all commands, in the order of the help."""
    from . import new  # noqa: PLC0415 - loads the commands of all templates

    found = new.templates_by_command()
    if taken := found.keys() & {*_COMMANDS}:
        raise ValueError(f"the template {found[min(taken)]} has the command {min(taken)}, which has another meaning")
    return (*_COMMANDS[:1], *found, *_COMMANDS[1:])


def leaf_names() -> tuple[str, ...]:
    """Return the names of all commands that do something, those of subcommands as ``template list``."""
    names = (_GROUPS[one][1] if one in _GROUPS else ("",) for one in command_names())
    return tuple(f"{one} {each}".strip() for one, below in zip(command_names(), names, strict=True) for each in below)


def _command(name: str) -> tuple[Callable[..., int], tuple[str, ...]]:
    """Return the function of a command, and usage examples; loads only its module."""
    if name.partition(" ")[0] not in _COMMANDS:
        from . import new  # noqa: PLC0415

        return new.command(name)
    plain = name.replace(" ", "_")
    module = import_module(f".cmd_{plain}", __package__)
    return getattr(module, f"run_{plain}"), module.EXAMPLES


def _app(arguments: Sequence[str]) -> typer.Typer:
    """Return the application with the called command, or with all commands for help and completion."""
    app = _typer("scaffold", "Generate config from small specs, keep every edit, and fail CI on drift.")
    app.callback()(_options)
    for name in arguments[:1] if _is_command(arguments) else command_names():
        if name not in _GROUPS:
            _add(app, name, name)
            continue
        about, names = _GROUPS[name]
        group = _typer(name, about)
        for one in arguments[1:2] if {*arguments[1:2]} & {*names} else names:
            _add(group, one, f"{name} {one}")
        app.add_typer(group)
    return app


def _typer(name: str, about: str) -> typer.Typer:
    return typer.Typer(
        name=name,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=about,
    )


def _add(app: typer.Typer, name: str, whole: str) -> None:
    """Add the command with the name ``whole`` to an application that calls it ``name``."""
    function, examples = _command(whole)
    shown = "\n".join(("\b", "Examples:", *(f"  {one}" for one in examples)))
    app.command(name, cls=_PlainCommand, epilog=shown if examples else None)(function)


class _PlainCommand(typer.core.TyperCommand):
    """A command whose usage names required arguments as its documents do, without braces."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [one.strip("{}") for one in super().collect_usage_pieces(ctx)]


def _is_command(arguments: Sequence[str]) -> bool:
    return bool(arguments) and (arguments[0] in _COMMANDS or arguments[0] in command_names())


def run_command(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code. Handles all errors of commands.

    Raises OutputFailed if output cannot be written.
    """
    sys.unraisablehook = unraisable
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # they would quote text from files, unescaped
    verbose = False
    try:
        if not _is_somewhere(arguments):
            return 2
        app = _app(arguments)
        given, verbose = _expanded(arguments, _with_value(app), keep=_has_own_verbose(arguments, app))
        result = _called(app, given)
    except Invalid as error:
        for problem in error.problems:
            err(*report.problem_output(problem))
        return error.exit_code
    except _USAGE_ERROR as error:
        _tell_usage(error)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        err("interrupted")
        return _INTERRUPTED
    except OutputFailed:
        raise
    except OSError as error:  # a system error, not a bug
        if error.errno is None:
            return _bug(error, verbose)
        if error.filename is None:
            raise OutputFailed("output", error.strerror or str(error)) from None
        err(f"{error.filename}: {error.strerror}")
        return 2
    except Exception as error:
        return _bug(error, verbose)
    return result if isinstance(result, int) else 0


def _called(app: typer.Typer, given: Sequence[str]) -> Any:
    """Run the application and return the result of its command. Raises KeyboardInterrupt, which Typer makes a code."""
    try:
        result = app(given, standalone_mode=False, prog_name="scaffold")
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):  # of shell completion
            raise
        give_up("stdout")  # the reader of what a library prints is gone: of a help text, or of a question
        return 0 if _HELP & {*given} else 2
    if result == _INTERRUPTED:
        raise KeyboardInterrupt
    return result


def _is_somewhere(arguments: Sequence[str]) -> bool:
    """Tell whether the working directory exists, and print an error if not: every command needs it for paths."""
    if not _is_command(arguments):
        return True
    try:
        os.getcwd()  # noqa: PTH109
    except OSError as error:
        err(f"the working directory cannot be used: {error.strerror}", "    cd to an existing folder")
        return False
    return True


def _tell_usage(error: Any) -> None:
    """Print a usage error, escaped, since it may quote file names; without a command, print the help."""
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":  # as Typer checks it: click's class has no public name
        err(*message.split("\n"))
        return
    if error.ctx is not None:
        err(*error.ctx.get_usage().split("\n"))
        err(f"Try '{error.ctx.command_path} {error.ctx.help_option_names[0]}' for help.", "")
    err(f"Error: {message}")


def _bug(error: Exception, verbose: bool) -> int:
    if isinstance(error, MemoryError):
        err("not enough memory", "    run it for fewer paths, or with --shard")
        return 2
    if verbose:
        err(*"".join(traceback.format_exception(error)).rstrip("\n").split("\n"))
    what = f"{type(error).__name__}: {error}"
    err(f"scaffold {__version__} has a bug: {what}", "    run it again with scaffold -v, and report the output")
    return 3


def _with_value(app: typer.Typer) -> frozenset[str]:
    """Return the options that take the next argument as their value, whatever it looks like."""
    commands: list[Any] = [typer.main.get_command(app)]
    for one in commands:
        commands += getattr(one, "commands", {}).values()
    options = [one for command in commands for one in command.params if one.param_type_name == "option"]
    return frozenset(name for one in options if not (one.is_flag or one.count) for name in one.opts) - {*_EITHER}


def _has_own_verbose(arguments: Sequence[str], app: typer.Typer) -> bool:
    """Return whether the called command has an option ``-v`` of its own, which it gets too."""
    if not _is_command(arguments):
        return False
    commands = getattr(typer.main.get_command(app), "commands", {}).values()
    return any("-v" in option.opts for one in commands for option in one.params)


def _expanded(arguments: Sequence[str], with_value: frozenset[str], *, keep: bool) -> tuple[list[str], bool]:
    """Give ``--ours`` and ``--theirs`` without a value the value for all, and allow ``-v`` anywhere.

    Returns the arguments, and whether ``-v`` was given. The argument after an option with a value is its value, and all
    arguments after ``--`` are names. With ``keep``, ``-v`` stays among the arguments.
    """
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    found: list[str] = []
    verbose = is_value = False
    for one in arguments[:end]:
        if is_value:
            found.append(one)
        elif one in {"-v", "--verbose"}:
            verbose = True
            found += [one] if keep else []
        else:
            found.append(f"{one}=*" if one in _EITHER else one)
        is_value = not is_value and one in with_value
    return [*found, *arguments[end:]], verbose
