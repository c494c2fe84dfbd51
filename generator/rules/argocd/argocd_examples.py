"""Example manifests for the rules of Argo CD Image Updater."""

from __future__ import annotations


def updater_example(image: str, spec: str = "") -> str:
    """Return an ImageUpdater; ``image`` are fields of its image behind the alias, ``spec`` are more of its spec."""
    head = "apiVersion: argocd-image-updater.argoproj.io/v1alpha1\nkind: ImageUpdater\nmetadata:\n  name: web\n"
    fields = "".join(f"          {line}\n" for line in image.splitlines())
    return (
        f"{head}spec:\n{spec}  applicationRefs:\n    - namePattern: web\n      images:\n        - alias: web\n{fields}"
    )


def application_example(name: str) -> str:
    """Return an Application, as the first document of a stream."""
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\nspec:\n  project: default\n"
        "  source:\n    repoURL: https://github.com/example/config\n    path: web\n    targetRevision: main\n"
        "  destination:\n    server: https://kubernetes.default.svc\n    namespace: web\n---\n"
    )


def strategy_example(strategy: str, image: str = "example/web", more: str = "") -> str:
    """Return an ImageUpdater with a strategy for an image; ``more`` is another setting."""
    settings = f"commonUpdateSettings:\n  updateStrategy: {strategy}\n" + (f"  {more}\n" if more else "")
    return updater_example(f"imageName: {image}\n{settings}")


IMAGES = "https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/"
STRATEGIES_PAGE = "https://argocd-image-updater.readthedocs.io/en/stable/basics/update-strategies/"
APPLICATIONS = "https://argocd-image-updater.readthedocs.io/en/stable/configuration/applications/"
METHODS = "https://argocd-image-updater.readthedocs.io/en/stable/basics/update-methods/"
