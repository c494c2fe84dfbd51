"""Go's text/template, as much as it takes to say what a template does: parsed whole, run on data of our own.

https://pkg.go.dev/text/template. Knows nothing of Alertmanager.
"""

from .budget import Budget, Unknown, bounded
from .nodes import TemplateError
from .parser import GoTemplate, parse_template
from .run import run_template

__all__ = ["Budget", "GoTemplate", "TemplateError", "Unknown", "bounded", "parse_template", "run_template"]
