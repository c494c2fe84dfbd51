"""Copy a shipped template into the repository, as a template that extends it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .. import assets, behaviour, disk, object_fields, spec
from ..errors import invalid
from ..extending import shipped_schema
from ..nearest import suggestion
from ..pieces import with_pieces
from ..template import template_folder
from ..template_folder import EXAMPLES, SOURCE_NAME, Unusable, read_template_folder
from ..template_settings import SETTINGS_NAME
from ..tree import LOCK_NAME, folded
from ..worktree import Worktree, Write
from .source_record import SourceFiles, TemplateSource, recorded_lock, source_text

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


def copied_files(shipped: str, name: str) -> tuple[SourceFiles, int]:
    """Return the files of a copy of a shipped template under a name, and the version. Raises Invalid.

    A copy extends the shipped template, has its schema, and an example of a spec with the keys that it requires.
    """
    if shipped not in assets.template_names():
        hint = suggestion(shipped, assets.template_names(), "templates")
        raise invalid(shipped, "is not a shipped template", hint)
    try:
        found = read_template_folder(assets.folder("templates") / shipped, f"templates/{shipped}")
    except Unusable as error:  # only of a broken installation
        raise invalid(shipped, error.fault.message, "install scaffold again") from None
    # With their pieces: who copies a template wants to change what they say.
    texts = {path: with_pieces(text) for path, text in found.texts.items()}
    settings = json.loads(texts[SETTINGS_NAME])
    texts[SETTINGS_NAME] = _settings_text(texts[SETTINGS_NAME], shipped)
    schema = json.loads(shipped_schema(name, shipped))
    same = name == shipped
    text = assets.schema_text(shipped) if same else json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    texts["schema.json"] = object_fields.referring_from_template(text)
    texts[f"{EXAMPLES}/{name}.yaml"] = _example(name, schema, settings, behaviour.of(shipped).copied)
    modes = {path: found.modes.get(path, 0o644) for path in texts}
    return SourceFiles(texts, modes), int(texts["version"])


def template_writes(worktree: Worktree, name: str, files: SourceFiles, source: TemplateSource) -> list[Write]:
    """Return the writes that create a template of the repository with its records. Raises Invalid if there is one."""
    check_name(worktree, name)
    folder = template_folder(name)
    records = {SOURCE_NAME: source_text(source), LOCK_NAME: recorded_lock(files, name, source.version)}
    return [
        Write(f"{folder}/{path}", None, text, files.modes.get(path, 0o644), folder)
        for path, text in [*sorted(files.texts.items()), *records.items()]
    ]


def check_name(worktree: Worktree, name: str, option: str = "NAME") -> None:
    """Raise Invalid for a name that no spec can give, and for that of a template or file which is there.

    ``option`` is what the user names it with.
    """
    if not _NAME.fullmatch(name):
        hint = "a lowercase letter first, then lowercase letters, digits and -, 63 characters at most"
        hint = f"name it with --name: {hint}" if option == "--name" else hint
        raise invalid(option, f"{name!r} is not a valid name of a template", hint)
    twin = next((one for one in worktree.own_templates if folded(one) == folded(name)), name)
    folder = template_folder(twin)
    if twin != name or disk.exists(worktree.root / folder, shown=folder):
        hint = f"choose another {option}"
        if disk.exists(worktree.root / folder / SOURCE_NAME, shown=folder):
            hint += f", or merge a newer version of its source: scaffold template update {twin}"
        raise invalid(folder, "already exists", hint)


def _settings_text(text: str, shipped: str) -> str:
    """Return the text of ``cookiecutter.json`` with the setting that extends a shipped template, as its last line."""
    head = text.rstrip().removesuffix("}").rstrip()
    return f'{head},\n  "_extends": "{shipped}"\n}}\n'


def _example(name: str, schema: Any, settings: Any, copied: Mapping[str, Any]) -> str:
    """Return a spec with the required keys, with values of the template's settings, and ``copied``."""
    required: Sequence[str] = schema.get("required", ())
    data = {"template": name, **{key: settings[key] for key in required if key in settings}, **copied}
    return spec.spec_text(data, "../schema.json")
