"""KD006: images that are loaded into a kind cluster but are not the ones that run there."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...images.references import parse_reference
from ...yaml import get, text_at, walk_nodes
from ..readers.expansion import as_written, unknown
from ..readers.tools import ToolCall
from ..readers.workflow import Job, WorkflowStep, workflow
from ..rule import File, Scope, rule
from .kits import DEFAULT, Kit, RecipeCall, of_file

_REWRITES = ("kustomize edit", "set image", "envsubst", "sed ", "yq ", "helm ")
_ACTION_NAME = "chart-testing"  # default of the input cluster_name of helm/kind-action
_LOCAL = frozenset({"IfNotPresent", "Never"})
_NAMED = "add --name with the name of the cluster"


@rule(
    "KD006",
    "error",
    ("makefile", "workflow"),
    "an image that is loaded into the wrong cluster, or is not the one that runs",
    explanation=(
        "kind load without --name loads into the cluster called kind. Loading a tag that no manifest runs has no "
        "effect. :latest is pulled again unless imagePullPolicy is set, and so is any tag with Always: the test then "
        "runs another image."
    ),
    bad="e2e:\n\tkind create cluster --name e2e\n\tkind load docker-image app:dev\n",
    good="e2e:\n\tkind create cluster --name e2e\n\tkind load docker-image app:dev --name e2e\n",
    source="https://kind.sigs.k8s.io/docs/user/quick-start/#loading-an-image-into-your-cluster",
)
def _wrong_images(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "makefile":
        kit, steps = of_file(file, scope)
        loads = [one for one in steps if one.call.tool == "kind" and one.call.verb("load")]
        created = [kit.name(one) for one in kit.creates] if loads else []
        for one in loads:
            yield from _unnamed(kit, one, created)
        if any("docker-image" in one.call.args for one in loads):
            yield from _images(kit, loads)
    elif "kind load" in file.text:
        for job in workflow(file, scope).jobs:
            yield from _job(job)


def _unnamed(kit: Kit, step: RecipeCall, created: list[str | None]) -> Iterator[Finding]:
    if step.call.option("--name", "-n") or step.call.opaque or kit.name(step) != DEFAULT:
        return
    if None in created or DEFAULT in created:
        return
    if not created and any(kit.name(one) == DEFAULT for one in kit.kind if not one.call.verb("load")):
        return  # all calls use the default cluster
    yield Finding(step.line, 1, _message(created[0] if created else None), _NAMED)


def _message(created: str | None) -> str:
    target = "loads into the cluster called kind: kind load has no --name"
    return f"{target}, but the cluster is {as_written(created)}" if created else target


def _images(kit: Kit, loads: list[RecipeCall]) -> Iterator[Finding]:
    if any(word in one.recipe.text for one in kit.scripts for word in _REWRITES):
        return
    fixtures = list(_fixtures(kit))
    for step in loads:
        for image in _loaded(step.call):
            if unknown(image) or "@" in image:
                continue
            repository, tag = _split(image)
            running = [
                (_split(text)[1], policy, path) for text, policy, path in fixtures if _split(text)[0] == repository
            ]
            if not running:
                continue
            if tag not in {one[0] for one in running}:
                other, _, path = running[0]
                message = f"loads {repository}:{tag}, but {path} runs {repository}:{other}"
                yield Finding(step.line, 1, message, "use one variable, or load the tag of the manifest")
            elif any(one[:2] == (tag, "Always") for one in running):
                path = next(one[2] for one in running if one[:2] == (tag, "Always"))
                message = f"{path} pulls {repository}:{tag} from its registry despite the loaded one"
                yield Finding(step.line, 1, message, "set imagePullPolicy: IfNotPresent, or remove it")
            elif tag == "latest" and any(one[0] == tag and one[1] not in _LOCAL for one in running):
                path = next(one[2] for one in running if one[0] == tag and one[1] not in _LOCAL)
                message = f"{path} pulls {repository}:latest from its registry despite the loaded one"
                yield Finding(step.line, 1, message, "load another tag, or set imagePullPolicy: IfNotPresent")


def _loaded(made: ToolCall) -> list[str]:
    """Return the images of ``kind load docker-image``."""
    found: list[str] = []
    skip = False
    for one in made.args:
        if skip:
            skip = False
        elif one in {"--name", "-n", "--nodes", "-v", "--verbosity"}:
            skip = True
        elif not one.startswith("-") and one not in {"load", "docker-image"}:
            found.append(one)
    return found if "docker-image" in made.args else []


def _fixtures(kit: Kit) -> Iterator[tuple[str, str, str]]:
    """Yield image, pull policy and path for the containers of the manifests that a Makefile applies."""
    places = []
    for step in kit.steps:
        if (
            step.call.tool == "kubectl"
            and step.call.operands
            and step.call.operands[0] in {"apply", "create", "replace"}
        ):
            value = step.call.option("-f", "--filename", "-k", "--kustomize")
            path = kit.path_of(value) if value else ""
            if path:
                places.append(path)
    for file in kit.scope.files if places else ():
        if file.family == "kustomization" and any(get(one, "images") for one in file.documents):
            return
    for file in kit.scope.files if places else ():
        if file.family != "kubernetes" or not any(_within(file.path, one) for one in places):
            continue
        for document in file.documents:
            for node in walk_nodes(document):
                image = text_at(node, "image") if node.shape == "map" else ""
                if image and not unknown(image) and get(node, "name"):
                    yield image, text_at(node, "imagePullPolicy"), file.path


def _within(path: str, place: str) -> bool:
    return place in {path, "."} or path.startswith(place.rstrip("/") + "/")


def _split(image: str) -> tuple[str, str]:
    """Return repository and tag of a reference, without the parts that Docker implies."""
    found = parse_reference(image)
    return found.short_name.removeprefix("localhost/"), found.tag or "latest"


def _job(job: Job) -> Iterator[Finding]:
    """Find loads into the default cluster in a job that created another one."""
    if "KIND_CLUSTER_NAME" in job.flow.file.text:
        return
    created: set[str | None] = set()
    for step in job.steps:
        if step.action == "helm/kind-action" and step.input("install_only") != "true":
            created.add(step.input("cluster_name") or _ACTION_NAME)
        for made, line in _kind(step):
            if made.verb("create", "cluster"):
                name = made.option("--name", "-n")
                created.add(name or (None if made.option("--config") is not None or made.opaque else DEFAULT))
                continue
            unnamed = made.verb("load") and not made.option("--name", "-n") and not made.opaque
            if unnamed and created and not created & {None, DEFAULT}:
                yield Finding(line, 1, _message(sorted(one for one in created if one)[0]), _NAMED)


def _kind(step: WorkflowStep) -> Iterator[tuple[ToolCall, int]]:
    for made in step.calls if "kind" in step.script else ():
        if made.tool == "kind":
            yield made, step.line(made.line)
