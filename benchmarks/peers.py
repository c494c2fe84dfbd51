"""The peers: where their commands are, and projects of theirs with the same files as a service of ours."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from fleet import CHANGED_VALUE, DEPLOYMENT, Fleet
from measure import Runner

PROJECTS = 5
_KEEP = {"scaffold.yaml", "scaffold.lock"}
_MEMORY = "memory: 256Mi"

# What ``git ls-files`` lists below the units, hashed: the least that telling whether anything changed can cost.
HASH = """\
import hashlib, subprocess
options = ["-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"]
listed = subprocess.run(["git", *options, "ls-files", "-z", "-co", "--exclude-standard", "--", "services"],
                        capture_output=True, check=True).stdout
for path in listed.split(b"\\0")[:-1]:
    with open(path, "rb", buffering=0) as file:
        hashlib.sha256(file.read()).digest()
"""


@dataclass(frozen=True)
class Peers:
    """Where commands are: in ``folder`` if it is given, then beside the running Python, then on PATH."""

    folder: Path | None

    def find(self, name: str) -> Path | None:
        """Return the command ``name``, or None."""
        places = [str(one) for one in (self.folder, Path(sys.executable).parent) if one]
        found = next((path for place in places if (path := shutil.which(name, path=place))), None) or shutil.which(name)
        return Path(found) if found else None

    def beside(self, name: str) -> Path | None:
        """Return the command ``name`` beside the running Python, or None: what must share its packages."""
        found = shutil.which(name, path=str(Path(sys.executable).parent))
        return Path(found) if found else None


def cruft_projects(cruft: Path, fleet: Fleet, folder: Path, runner: Runner) -> list[Path]:
    """Return projects that cruft made from a local git template, up to date with it."""
    template = folder / "cruft-template"
    _write_template(fleet, template / "{{cookiecutter.name}}", "{{{{ cookiecutter.{0} }}}}")
    (template / "cookiecutter.json").write_text(json.dumps({"name": "example", "number": "0"}), "utf-8")
    _publish(runner, template, "v1")
    out = folder / "cruft-projects"
    out.mkdir()
    for number in range(PROJECTS):
        values = json.dumps({"name": f"project-{number}", "number": str(number)})
        runner.run([cruft, "create", template, "--no-input", "--output-dir", out, "--extra-context", values], folder)
    return sorted(out.iterdir())


def copier_projects(copier: Path, fleet: Fleet, folder: Path, runner: Runner) -> list[Path]:
    """Return projects that copier made, in git; their template has a newer version since, and one was edited."""
    template = folder / "copier-template"
    _write_template(fleet, template / "template", "[[ {0} ]]")
    answers = template / "template" / "[[ _copier_conf.answers_file ]].jinja"
    answers.write_text("[[ _copier_answers|to_nice_yaml ]]", "utf-8")
    delimiters = "\n".join(
        f'  {name}: "{value}"' for name, value in (("variable_start_string", "[["), ("variable_end_string", "]]"))
    )
    settings = f"_subdirectory: template\n_envops:\n{delimiters}\nname:\n  type: str\nnumber:\n  type: str\n"
    (template / "copier.yml").write_text(settings, "utf-8")
    for path in [one for one in (template / "template" / "deploy").iterdir() if one.is_file()]:
        path.rename(path.with_name(f"{path.name}.jinja"))
    _publish(runner, template, "v1")
    projects = [folder / "copier-projects" / f"project-{number}" for number in range(PROJECTS)]
    for number, project in enumerate(projects):
        values = ["--data", f"name={project.name}", "--data", f"number={number}"]
        runner.run([copier, "copy", "--quiet", "--defaults", *values, template, project], folder)
        runner.git(project, "init", "--quiet", ".")
        if number == 0:
            path = project / DEPLOYMENT
            path.write_text(f"# Edited by hand.\n{path.read_text('utf-8')}", "utf-8")
        runner.git(project, "add", "--all")
        runner.git(project, "commit", "--quiet", "--message", "project")
    source = template / "template" / f"{DEPLOYMENT}.jinja"
    source.write_text(source.read_text("utf-8").replace(_MEMORY, CHANGED_VALUE), "utf-8")
    _publish(runner, template, "v2")
    return projects


def _write_template(fleet: Fleet, target: Path, variable: str) -> None:
    """Write the generated files of one service as a template, with variables for what is distinct in them."""
    unit = fleet.unit(1)
    for source in sorted(one for one in unit.rglob("*") if one.is_file() and one.name not in _KEEP):
        text = source.read_text("utf-8").replace(unit.name, variable.format("name"))
        text = text.replace("master-0000001", f"master-{variable.format('number')}")
        path = target / source.relative_to(unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _publish(runner: Runner, template: Path, tag: str) -> None:
    if tag == "v1":
        runner.git(template, "init", "--quiet", ".")
    runner.git(template, "add", "--all")
    runner.git(template, "commit", "--quiet", "--message", tag)
    runner.git(template, "tag", tag)
