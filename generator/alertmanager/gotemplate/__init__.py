"""Go's text/template, as far as needed to check templates: the whole syntax, executed on sample data.

https://pkg.go.dev/text/template. Independent of Alertmanager.
"""

from .budget import Budget, Unknown, bounded
from .go_functions import GO_BUILTINS, bytes_of
from .nodes import TemplateError
from .parser import GoTemplate, parse_template
from .run import run_template

__all__ = [
    "GO_BUILTINS",
    "Budget",
    "GoTemplate",
    "TemplateError",
    "Unknown",
    "bounded",
    "bytes_of",
    "parse_template",
    "run_template",
]
