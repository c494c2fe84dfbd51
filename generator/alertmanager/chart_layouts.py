"""Where charts and formats have Alertmanager's configuration, where they mount Secrets, and who reads it.

Sources: prometheus-community/helm-charts, charts ``kube-prometheus-stack`` 88.5.3, ``alertmanager`` (values.yaml,
templates/configmap.yaml, statefulset.yaml: ``extraSecretMounts``), ``prometheus`` (since 18.0 the chart
``alertmanager`` is its dependency; before, templates/alertmanager/cm.yaml and deploy.yaml);
VictoriaMetrics/helm-charts, ``victoria-metrics-k8s-stack`` (templates/victoria-metrics-operator/vmalertmanager), whose
operator mounts ``spec.secrets`` at /etc/vm/secrets/NAME; prometheus-operator/kube-prometheus,
manifests/alertmanager-secret.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STACK = "kube-prometheus-stack"
OPERATOR_SECRETS = "/etc/alertmanager/secrets"  # where Prometheus Operator mounts the Secrets of an Alertmanager
_OWN_SECRETS = "/etc/secrets"  # of charts that mount a Secret wherever their values say


@dataclass(frozen=True)
class ChartLayout:
    """The layout of a chart's values, or of a file without a chart.

    ``section`` is the path of Alertmanager's part of the values; ``config`` and ``mounts`` are the paths of the
    configuration and of the list of Secrets in it. ``mounts`` is empty if another file has that list. The key KEY of a
    Secret NAME is the file ``folder``/NAME/KEY. ``by_name``: the list has names, else mounts with a path.
    ``operator``: Prometheus Operator reads the configuration. ``merges``: Helm merges it over the chart's.
    ``text`` names the file in a Secret that has the configuration. ``image``, ``address`` and ``templates`` are the
    paths of the version, of Alertmanager's own address and of the template files in the section, which are mounted at
    ``glob``; the last two are empty if another file has them.
    """

    name: str
    section: tuple[str, ...]
    config: tuple[str, ...]
    mounts: tuple[str, ...]
    folder: str
    by_name: bool = True
    operator: bool = False
    merges: bool = True
    text: str = ""
    image: tuple[str, ...] = ("image", "tag")
    address: tuple[str, ...] = ("baseURL",)
    templates: tuple[str, ...] = ("templates",)
    glob: str = "/etc/alertmanager/*.tmpl"

    @property
    def config_name(self) -> str:
        """The configuration's name in messages."""
        return ".".join((*self.section, *self.config)) or "the configuration"


CHART_LAYOUTS: Mapping[str, ChartLayout] = {
    one.name: one
    for one in (
        ChartLayout(
            STACK,
            ("alertmanager",),
            ("config",),
            ("alertmanagerSpec", "secrets"),
            OPERATOR_SECRETS,
            operator=True,
            image=("alertmanagerSpec", "image", "tag"),
            address=("alertmanagerSpec", "externalUrl"),
            templates=("templateFiles",),
            glob="/etc/alertmanager/config/*.tmpl",
        ),
        ChartLayout("alertmanager", (), ("config",), ("extraSecretMounts",), _OWN_SECRETS, by_name=False),
        ChartLayout("prometheus", ("alertmanager",), ("config",), ("extraSecretMounts",), _OWN_SECRETS, by_name=False),
        ChartLayout(
            "prometheus-17",
            (),
            ("alertmanagerFiles", "alertmanager.yml"),
            ("alertmanager", "extraSecretMounts"),
            _OWN_SECRETS,
            by_name=False,
            image=("alertmanager", "image", "tag"),
            address=("alertmanager", "baseURL"),
            templates=("alertmanagerFiles",),
            glob="/etc/config/*.tmpl",
        ),
        ChartLayout(
            "victoria-metrics-k8s-stack",
            ("alertmanager",),
            ("config",),
            ("spec", "secrets"),
            "/etc/vm/secrets",
            image=("spec", "image", "tag"),
            address=("spec", "externalURL"),
            templates=("templateFiles",),
            glob="/etc/vm/templates/**/*.tmpl",
        ),
        ChartLayout(
            "kube-prometheus",
            (),
            (),
            (),
            OPERATOR_SECRETS,
            operator=True,
            merges=False,
            text="alertmanager.yaml",
            address=(),
            templates=(),
        ),
        ChartLayout("none", (), (), (), OPERATOR_SECRETS, merges=False, address=(), templates=()),
    )
}


def layout_of(name: str) -> ChartLayout:
    """Return the layout of a chart by its name; the default is that of kube-prometheus-stack."""
    return CHART_LAYOUTS[name or STACK]
