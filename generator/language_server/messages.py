"""What an editor shows, as messages of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from ..editor.editor_view import EditorView
from ..editor.rule_pages import page_address
from ..editor.spec_completion import Offer
from ..editor.suppressing import FileChange
from ..editor.text_places import PlacedText, Span
from ..errors import Problem

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_SORTS = {
    "key": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
    "rule": types.CompletionItemKind.Reference,
}


def range_of(text: PlacedText, span: Span) -> types.Range:
    """Return a part of a text."""
    start, end = text.place(span.start), text.place(span.end)
    return types.Range(types.Position(*start), types.Position(*end))


def span_of_range(text: PlacedText, part: types.Range) -> Span:
    """Return a part of a text that a client sent."""
    start = text.offset(part.start.line, part.start.character)
    return Span(start, max(start, text.offset(part.end.line, part.end.character)))


def diagnostics_of(view: EditorView) -> list[types.Diagnostic]:
    """Return the findings in a file."""
    return [_diagnostic(view.text, problem, span) for problem, span in view.findings]


def hover_of(view: EditorView, offset: int, markup: types.MarkupKind) -> types.Hover | None:
    """Return what to show at an offset."""
    found = view.page(offset)
    if found is None:
        return None
    return types.Hover(types.MarkupContent(markup, found[0]), range_of(view.text, found[1]))


def completion_of(text: PlacedText, offers: Sequence[Offer], markup: types.MarkupKind) -> types.CompletionList:
    """Return what may be written, in this order."""
    items = [
        types.CompletionItem(
            label=one.label,
            kind=_SORTS[one.sort],
            detail=one.detail or None,
            documentation=types.MarkupContent(markup, one.page) if one.page else None,
            sort_text=f"{number:05}",
            filter_text=one.label,
            text_edit=types.TextEdit(range_of(text, one.span), one.text),
        )
        for number, one in enumerate(offers)
    ]
    return types.CompletionList(is_incomplete=False, items=items)


def actions_of(
    view: EditorView, uri: str, version: int | None, changes: Iterable[tuple[Problem, Span, FileChange]]
) -> list[types.CodeAction]:
    """Return changes as actions; ``version`` is the document's, None for a client that takes changes without it."""
    found: dict[FileChange, types.CodeAction] = {}
    for problem, span, one in changes:
        if one not in found:
            edit = types.TextEdit(range_of(view.text, one.span), one.text)
            found[one] = types.CodeAction(
                title=one.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[],
                is_preferred=one.is_fix or None,
                edit=_workspace_edit(uri, version, edit),
            )
        found[one].diagnostics = [*(found[one].diagnostics or ()), _diagnostic(view.text, problem, span)]
    return list(found.values())


def _workspace_edit(uri: str, version: int | None, edit: types.TextEdit) -> types.WorkspaceEdit:
    if version is None:
        return types.WorkspaceEdit(changes={uri: [edit]})
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [edit])])


def _diagnostic(text: PlacedText, problem: Problem, span: Span) -> types.Diagnostic:
    address = page_address(problem.rule)
    return types.Diagnostic(
        range=range_of(text, span),
        message=f"{problem.message}\n{problem.hint}" if problem.hint else problem.message,
        severity=_SEVERITIES[problem.severity],
        code=problem.rule or None,
        code_description=types.CodeDescription(address) if address else None,
        source="scaffold",
    )
