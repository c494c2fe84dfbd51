"""The template ``alerting``: receivers, routes and message texts as Helm values.

``spec_receivers`` completes receivers, ``message_texts`` has the texts of messages, ``helm_values`` builds the values,
``values_text`` writes them as YAML, ``spec_check`` checks a spec, ``adopt`` merges the values into an existing file,
``reroute_check`` checks that nobody loses an alert by that, ``reroute_messages`` says who would, ``interval_check``
checks that time intervals are defined, ``request`` parses the options, ``field_setting`` those of ``--set``, and
``alerting_command`` declares the command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...behaviour import Behaviour, Checked, Existing, FilePart, Fit, SpecFault, Update

if TYPE_CHECKING:  # only needed to create units
    from ...creation import Command


_DEFAULT_FILE = "values.yaml"


def alerting_values(values: Mapping[str, Any]) -> str:
    """Return the generated file of an alerting unit as YAML."""
    from .values_text import file_text  # noqa: PLC0415

    return file_text(values)


def secret_name(path: str) -> str:
    """Return the Secret that Prometheus Operator mounts at this path of Alertmanager's pod, or ``""``.

    Source: prometheus-operator, ``alertmanagerSpec.secrets`` are mounted at /etc/alertmanager/secrets/NAME/KEY.
    """
    from .spec_receivers import SECRET_FILE  # noqa: PLC0415

    match = SECRET_FILE.fullmatch(path)
    return match.group(1) if match else ""


def _filters() -> Mapping[str, Callable[..., Any]]:
    return {"alerting_values": alerting_values, "secret_name": secret_name}


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from . import spec_check as check  # noqa: PLC0415

    return check.spec_faults(values)


def _fit(file: Existing, values: Mapping[str, Any], said: Mapping[str, Any]) -> Fit | None:
    """Return the changes that bring the values of a spec into the values file; None for other files."""
    if file.path != values["values_file"]:
        return None
    from . import adopt  # noqa: PLC0415

    found = adopt.fit(file.text, values, said, file.path)
    adopt.refuse_guess(found, file.text, values, file.path)
    return found


def _update(update: Update, values: Mapping[str, Any], said: Mapping[str, Any], accepted: bool) -> Checked | None:
    """Check who gets alerts after a change of the values file; None for other files."""
    if update.path != values["values_file"]:
        return None
    from .reroute_check import check_update  # noqa: PLC0415

    return check_update(update, values, said, accepted=accepted)


def _part(path: str, text: str | None, values: Mapping[str, Any], said: Mapping[str, Any]) -> FilePart | None:
    """Return the part of the values file that is generated, if an object in it has the values.

    Raises Invalid if neither the file nor the spec defines a time interval that the spec names.
    """
    if path != values["values_file"]:
        return None
    from .interval_check import check_intervals  # noqa: PLC0415

    check_intervals(path, text, values)
    if not values.get("object"):
        return None
    from . import adopt  # noqa: PLC0415

    return adopt.file_part(path, text, values, said)


def _missing(path: str, values: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Return why a missing values file is not generated again: a spec that names it may have adopted it."""
    if path != values["values_file"] or ("values_file" not in said and path == _DEFAULT_FILE):
        return ""
    return (
        "does not exist, and what is not generated in an adopted file would be left out: restore it, such as with git "
        "checkout, or set values_file in the spec to its new name"
    )


def _command() -> Command:
    from .alerting_command import COMMAND  # noqa: PLC0415

    return COMMAND


BEHAVIOUR = Behaviour(
    filters=_filters,
    faults=_faults,
    fit=_fit,
    update=_update,
    part=_part,
    missing=_missing,
    names_in_file=("mute_time_intervals", "active_time_intervals"),
    configuration=lambda values: str(values.get("values_file", _DEFAULT_FILE)),
    command="alerting",
    declared=_command,
    sources=("alertmanager/chart_layouts.py", "alertmanager/config_fields.py", "alertmanager/versions.py"),
    data=("alertmanager-charts", "alertmanager-fields"),
)
