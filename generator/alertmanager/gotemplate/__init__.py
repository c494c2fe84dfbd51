"""Go's text/template, as much as it takes to say what a template does: parsed whole, run on data of our own.

https://pkg.go.dev/text/template. Knows nothing of Alertmanager.
"""

from .budget import Budget, Unknown, bounded
from .nodes import TemplateError
from .parser import Template, parse
from .run import run

__all__ = ["Budget", "Template", "TemplateError", "Unknown", "bounded", "parse", "run"]
