"""The command line: parse, call, exit. One command, one function; one place where errors end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from .. import __version__, report
from ..errors import Invalid
from .console import err, out

# Typer carries its own click, which has no public name.
_USAGE_ERROR: Any = typer.BadParameter.__bases__[0]
_COMMANDS = (
    "init",
    "new-service",
    "new-e2e",
    "alerting",
    "regenerate",
    "diff",
    "status",
    "list",
    "merge",
    "validate",
    "rules",
    "route",
)


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


def _command(name: str) -> Callable[..., int]:
    """Return the function of a command; its module is only loaded where it is needed."""
    if name == "merge":
        from . import files  # noqa: PLC0415

        return files.merge
    if name == "route":
        from . import routing  # noqa: PLC0415

        return routing.route
    if name in {"validate", "rules"}:
        from . import checking  # noqa: PLC0415

        return checking.validate if name == "validate" else checking.rules
    if name == "alerting":
        from . import alerting  # noqa: PLC0415

        return alerting.alerting
    if name in {"init", "new-service", "new-e2e"}:
        from . import making  # noqa: PLC0415

        made: dict[str, Callable[..., int]] = {
            "init": making.init,
            "new-service": making.new_service,
            "new-e2e": making.new_e2e,
        }
        return made[name]
    from . import units  # noqa: PLC0415

    over: dict[str, Callable[..., int]] = {
        "regenerate": units.regenerate,
        "diff": units.diff,
        "status": units.status,
        "list": units.list_units,
    }
    return over[name]


def _app(arguments: Sequence[str]) -> typer.Typer:
    """Return the application with the command that is called, or with all of them for help and completion."""
    app = typer.Typer(
        name="scaffold",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Generate config from small specs, keep every edit, and fail CI on drift.",
    )
    app.callback()(_options)
    called = arguments[:1] if arguments[:1] and arguments[0] in _COMMANDS else _COMMANDS
    for name in called:
        app.command(name)(_command(name))
    return app


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code. The one place where errors end."""
    verbose = "-v" in arguments or "--verbose" in arguments
    if arguments[:1] and arguments[0] in _COMMANDS and not _is_somewhere():
        return 2
    try:
        result = _app(arguments)(_expanded(arguments), standalone_mode=False, prog_name="scaffold")
        sys.stdout.flush()
    except Invalid as error:
        for problem in error.problems:
            err(report.problem_text(problem))
        return error.exit_code
    except _USAGE_ERROR as error:
        error.show()
        return 2
    except (typer.Abort, KeyboardInterrupt):
        err("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # the system's word, not a bug of ours
        if error.errno is None:
            return _bug(error, verbose)
        err(f"{error.filename or 'output'}: {error.strerror}")
        return 2
    except Exception as error:
        return _bug(error, verbose)
    return result if isinstance(result, int) else 0


def _is_somewhere() -> bool:
    """Tell whether there is a working directory, and say so if not: every command needs one for paths."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError as error:
        err(f"the working directory cannot be used: {error.strerror}\n    cd to a folder that is there")
        return False
    return True


def _bug(error: Exception, verbose: bool) -> int:
    if verbose:
        raise error
    what = report.safe(f"{type(error).__name__}: {error}".replace("\n", " "))
    err(f"scaffold {__version__} has a bug: {what}\n    run scaffold -v … again, and report what it prints")
    return 3


def _expanded(arguments: Sequence[str]) -> list[str]:
    """Give ``--ours`` and ``--theirs`` without a value the one that means all, and let ``-v`` stand anywhere."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    options = [one for one in arguments[:end] if one not in {"-v", "--verbose"}]
    return [*(f"{one}=*" if one in {"--ours", "--theirs"} else one for one in options), *arguments[end:]]
