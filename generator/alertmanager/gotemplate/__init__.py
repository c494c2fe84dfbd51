"""Go's text/template, as far as needed to check templates: the whole syntax, executed on sample data.

https://pkg.go.dev/text/template. Independent of Alertmanager.
"""

from .budget import Budget, Unknown, bounded
from .nodes import TemplateError
from .parser import GoTemplate, parse_template
from .run import run_template

__all__ = ["Budget", "GoTemplate", "TemplateError", "Unknown", "bounded", "parse_template", "run_template"]
