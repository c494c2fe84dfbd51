"""x."""

EXAMPLES = ()


def run_template_check() -> int:
    """X."""
    return 0
