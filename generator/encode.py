"""The Jinja extension of the shipped templates: encoders for each target syntax, and derived values.

Templates use it in memory and under the plain ``cookiecutter`` command, which passes numbers as text.
"""

from __future__ import annotations

import re

from jinja2 import Environment, TemplateSyntaxError
from jinja2.ext import Extension

from . import assets, behaviour, kind_clusters, pieces, quoting
from .spec import is_generated
from .tree import SPEC_NAME, join
from .yaml.commented import documents
from .yaml.emit import block, dump, scalar


class Encoders(Extension):
    """The filters ``yaml``, ``yaml_text``, ``yaml_block`` and ``yaml_document``, and those named after their result."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(
            yaml=scalar,
            yaml_text=lambda value: scalar(str(value)),
            yaml_block=block,
            yaml_document=lambda value: dump(value).rstrip("\n"),
            documents=documents,
            makes=is_generated,
            uses=uses,
            # Syntaxes other than YAML, and values for end-to-end tests.
            make=quoting.recipe_line,
            shell=quoting.shell,
            workflow=quoting.workflow_scalar,
            workflow_text=quoting.workflow_text,
            git_paths=quoting.git_paths,
            cluster=kind_clusters.cluster,
            nodes=kind_clusters.nodes,
            watched=kind_clusters.watched,
            image_pin=lambda name: assets.pins()["images"][name],
            version=lambda name: assets.pins()[name]["version"],
            shared=assets.shared_text,
            spec_of=spec_of,
            slug=lambda text: re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-."),
        )
        for name in behaviour.names():
            environment.filters.update(behaviour.of(name).filters())

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the text of a template with its pieces. Raises TemplateSyntaxError for an unknown piece."""
        try:
            return pieces.with_pieces(source)
        except KeyError as error:
            raise TemplateSyntaxError(str(error.args[0]), 1, name, filename) from None


def spec_of(unit: str) -> str:
    """Return the path of a unit's spec."""
    if not isinstance(unit, str):
        raise TypeError(f"{type(unit).__name__} is not the path of a unit")
    return join(unit, SPEC_NAME)


def uses(action: str) -> str:
    """Return ``owner/name@SHA # version`` of an action, for ``uses:``."""
    pin = assets.pins()["actions"][action]
    return f"{action}@{pin['sha']} # {pin['version']}"
