"""Go's text/template, as much as it takes to say what a template does: parsed whole, run on data of our own.

https://pkg.go.dev/text/template. Knows nothing of Alertmanager.
"""

from .nodes import TemplateError
from .parser import Template, parse
from .run import Unknown, run

__all__ = ["Template", "TemplateError", "Unknown", "parse", "run"]
