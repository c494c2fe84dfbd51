"""The peers: where their commands are, and projects of theirs with the same files as a service of ours."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from fleet import CHANGED_VALUE, DEPLOYMENT, Fleet
from measure import BenchmarkError, Runner

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


@dataclass(frozen=True)
class Checkers:
    """check-jsonschema and actionlint over the files of a fleet: manifests by a schema of Kubernetes, and workflows."""

    schema: Path
    check_jsonschema: Path
    actionlint: Path
    manifests: tuple[str, ...]
    workflows: tuple[str, ...]

    @classmethod
    def found(cls, peers: Peers, fleet: Fleet, folder: Path) -> Checkers | None:
        """Return them, or None if one is not installed."""
        check, lint = peers.find("check-jsonschema"), peers.find("actionlint")
        if check is None or lint is None:
            return None
        schema = folder / "manifests.schema.json"
        schema.write_text(json.dumps(_schema_of_manifests()), "utf-8")
        manifests = sorted(str(one.relative_to(fleet.root)) for one in fleet.root.glob("services/*/deploy/*.yaml"))
        workflows = sorted(str(one.relative_to(fleet.root)) for one in fleet.root.glob(".github/workflows/*.yaml"))
        return cls(schema, check, lint, tuple(manifests), tuple(workflows))

    def run(self, fleet: Fleet) -> float:
        """Return the seconds of both, one after the other."""
        manifests = [self.check_jsonschema, "--schemafile", self.schema, *self.manifests]
        vendored = [self.check_jsonschema, "--builtin-schema", "vendor.github-workflows", *self.workflows]
        lint = [self.actionlint, "-shellcheck=", "-pyflakes=", *self.workflows]
        return sum(fleet.runner.run(one, fleet.root) for one in (manifests, vendored, lint))


def _schema_of_manifests() -> dict[str, object]:
    """Return a schema that chooses Kubernetes' own by apiVersion and kind, from the files of kubernetes-validate."""
    import kubernetes_validate  # noqa: PLC0415

    home = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    latest = max(one for one in home.iterdir() if one.name.endswith("-local-strict"))
    definitions = json.loads((latest / "_definitions.json").read_text("utf-8"))["$defs"]
    sorts = {
        ("apps/v1", "Deployment"): "io.k8s.api.apps.v1.Deployment",
        ("v1", "Namespace"): "io.k8s.api.core.v1.Namespace",
        ("v1", "Service"): "io.k8s.api.core.v1.Service",
        ("v1", "ServiceAccount"): "io.k8s.api.core.v1.ServiceAccount",
        ("policy/v1", "PodDisruptionBudget"): "io.k8s.api.policy.v1.PodDisruptionBudget",
    }
    rules: list[object] = []
    for (api, sort), name in sorts.items():
        if name not in definitions:
            raise BenchmarkError(f"{latest} has no {name}")
        known = {"properties": {"apiVersion": {"const": api}, "kind": {"const": sort}}, "required": ["kind"]}
        rules.append({"if": known, "then": {"$ref": f"#/$defs/{name}"}})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": rules, "$defs": definitions}


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
