"""The server: what each message of a client does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import RPCRequest

from .. import __version__
from ..editor.editor_view import EditorView
from ..editor.text_places import Encoding, PlacedText
from .analysis import Analysis, DocumentPlace
from .messages import actions_of, completion_of, diagnostics_of, hover_of, span_of_range
from .open_documents import OpenDocument, OpenDocuments

_DELAY, _OTHERS_DELAY = 0.02, 0.4  # seconds after a change until the document, and the others, are checked
_MOST_ACTIONS = 20
_WATCHED = (
    "**/*.{yaml,yml,json,kind,manifest,mk}",
    "**/{Makefile,makefile,GNUmakefile,Kustomization,scaffold.lock,.gitignore}",
)
_log = logging.getLogger(__name__)


class _Protocol(LanguageServerProtocol):
    """The protocol with the errors that the specification wants outside of a session's life."""

    def handle_message(self, message: Any) -> None:
        """Refuse requests before ``initialize`` and after ``shutdown``."""
        if isinstance(message, RPCRequest):
            code = None
            if self._shutdown:
                code = types.ErrorCodes.InvalidRequest
            elif self._workspace is None and message.method != types.INITIALIZE:
                code = types.ErrorCodes.ServerNotInitialized
            if code is not None:
                self._send_response(message.id, None, types.ResponseError(code, "not in a session"))
                return
        super().handle_message(message)

    def structure_message(self, data: Any) -> Any:
        """Return a message of the protocol. One that is not valid gets an error: its client would wait for ever."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if isinstance(data.get("id"), int | str) and "method" in data:
                self._send_response(data["id"], None, error.to_response_error())
            raise


class ScaffoldServer(LanguageServer):
    """The server with its state: the open documents, and what was found in them."""

    def __init__(self) -> None:
        super().__init__("scaffold", __version__, types.TextDocumentSyncKind.Full, protocol_cls=_Protocol)
        self.documents = OpenDocuments()
        self.analysis = Analysis()
        self.views: dict[str, EditorView] = {}
        self.checks: dict[str, asyncio.Task[None]] = {}
        self.ended_well = False

    @property
    def encoding(self) -> Encoding:
        """What the client counts places in."""
        known: dict[str, Encoding] = {"utf-8": "utf-8", "utf-32": "utf-32"}
        return known.get(
            str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding)), "utf-16"
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log an error; the client gets errors of its requests as answers."""
        _log.error("%s: %s", type(error).__name__, error)

    def around(self, document: OpenDocument) -> DocumentPlace | None:
        """Return what a document is checked with, None if it is not checked."""
        if document.path is None:
            return None
        return self.analysis.around(document.path, alone=self.documents.is_outside(document.path))

    def view(self, uri: str) -> EditorView | None:
        """Return an open document as it is now, with what was found in it if that was found in this text."""
        document, known = self.documents.each.get(uri), self.views.get(uri)
        if document is None:
            return None
        if known is not None and known.text.text == document.text:
            return known
        where = self.around(document)
        text = PlacedText(document.text, self.encoding)
        if where is None:
            return EditorView("", text, earlier=known)
        return EditorView(where.path, text, reader=self.analysis.reader(where.files), earlier=known)

    def check_soon(self, uri: str, delay: float = _DELAY) -> None:
        """Check a document after a delay, instead of any check of it that is not done."""
        if (running := self.checks.pop(uri, None)) is not None:
            running.cancel()
        task = asyncio.get_running_loop().create_task(self._check(uri, delay))
        self.checks[uri] = task
        task.add_done_callback(lambda done: self._done(uri, done))

    def check_all_soon(self, delay: float, but: str = "") -> None:
        """Check all documents after a delay, apart from those that are about to be checked."""
        for uri in self.documents.each:
            if uri != but and uri not in self.checks:
                self.check_soon(uri, delay)

    async def _check(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        document = self.documents.each.get(uri)
        where = self.around(document) if document else None
        if document is None or where is None:
            return
        found = await self.analysis.check(where, self.documents.texts())
        if self.documents.each.get(uri) is not document:
            return  # a later check has its text
        if found.bug is not None:
            _log.error("a rule failed on %s", uri, exc_info=found.bug)
        text = PlacedText(document.text, self.encoding)
        view = EditorView(where.path, text, found.problems, found.file, self.analysis.reader(where.files))
        self.views[uri] = view
        self.publish(document, view)

    def publish(self, document: OpenDocument, view: EditorView | None) -> None:
        """Send the findings of a document, none without a view."""
        found = diagnostics_of(view) if view else []
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, found, document.version if view else None)
        )

    def _done(self, uri: str, task: asyncio.Task[None]) -> None:
        if self.checks.get(uri) is task:
            del self.checks[uri]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the check of %s failed", uri, exc_info=error)


def _capable(value: object, *names: str) -> bool:
    """Tell whether a client has a capability."""
    for name in names:
        value = getattr(value, name, None)
    return bool(value)


def _markup(formats: Any) -> types.MarkupKind:
    return (
        types.MarkupKind.PlainText
        if formats and types.MarkupKind.Markdown not in formats
        else types.MarkupKind.Markdown
    )


def _initialize(ls: ScaffoldServer, params: types.InitializeParams) -> None:
    folders = [one.uri for one in params.workspace_folders or ()]
    root = params.root_uri or (f"file://{params.root_path}" if params.root_path else "")
    ls.documents.add_folders(folders or ([root] if root else []))


def _initialized(ls: ScaffoldServer, _params: types.InitializedParams) -> None:
    if not _capable(ls.client_capabilities, "workspace", "did_change_watched_files", "dynamic_registration"):
        return
    watchers = [types.FileSystemWatcher(one) for one in _WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    one = types.Registration("watched-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    ls.client_register_capability(types.RegistrationParams([one]), lambda _: None)


def _folders_changed(ls: ScaffoldServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    ls.documents.remove_folders(one.uri for one in params.event.removed)
    ls.documents.add_folders(one.uri for one in params.event.added)
    ls.analysis.look_again()
    ls.check_all_soon(_DELAY)


def _opened(ls: ScaffoldServer, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    ls.views.pop(document.uri, None)
    ls.documents.put(document.uri, document.version, document.text)
    ls.check_soon(document.uri, 0)


def _changed(ls: ScaffoldServer, params: types.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    if params.content_changes and uri in ls.documents.each:
        ls.documents.put(uri, params.text_document.version, params.content_changes[-1].text)
        ls.check_soon(uri)
        ls.check_all_soon(_OTHERS_DELAY, but=uri)


def _saved(ls: ScaffoldServer, _params: types.DidSaveTextDocumentParams) -> None:
    ls.analysis.look_again()
    ls.check_all_soon(_DELAY)


def _files_changed(ls: ScaffoldServer, _params: types.DidChangeWatchedFilesParams) -> None:
    ls.analysis.look_again()
    ls.check_all_soon(_OTHERS_DELAY)


def _closed(ls: ScaffoldServer, params: types.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    document = ls.documents.each.pop(uri, None)
    if (running := ls.checks.pop(uri, None)) is not None:
        running.cancel()
    ls.views.pop(uri, None)
    if document is not None:
        ls.publish(document, None)
    ls.analysis.keep([one for each in ls.documents.each.values() if (one := ls.around(each))])
    ls.check_all_soon(_OTHERS_DELAY)


def _hover(ls: ScaffoldServer, params: types.HoverParams) -> types.Hover | None:
    view = ls.view(params.text_document.uri)
    if view is None:
        return None
    markup = _markup(getattr(getattr(ls.client_capabilities.text_document, "hover", None), "content_format", None))
    return hover_of(view, view.text.offset(params.position.line, params.position.character), markup)


def _completion(ls: ScaffoldServer, params: types.CompletionParams) -> types.CompletionList:
    view = ls.view(params.text_document.uri)
    if view is None:
        return types.CompletionList(is_incomplete=False, items=[])
    item = getattr(getattr(ls.client_capabilities.text_document, "completion", None), "completion_item", None)
    offset = view.text.offset(params.position.line, params.position.character)
    return completion_of(view.text, view.offers(offset), _markup(getattr(item, "documentation_format", None)))


def _code_action(ls: ScaffoldServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri, only = params.text_document.uri, params.context.only
    view, document = ls.view(uri), ls.documents.each.get(uri)
    is_wanted = not only or any(
        types.CodeActionKind.QuickFix.value.startswith(str(getattr(one, "value", one))) for one in only
    )
    if view is None or document is None or not is_wanted:
        return []
    takes_versions = _capable(ls.client_capabilities, "workspace", "workspace_edit", "document_changes")
    changes = [
        one for one, _ in zip(view.changes(span_of_range(view.text, params.range)), range(_MOST_ACTIONS), strict=False)
    ]
    return actions_of(view, uri, document.version if takes_versions else None, changes)


def _shutdown(ls: ScaffoldServer, _params: Any = None) -> None:
    ls.ended_well = True
    ls.analysis.stop()


def made_server() -> ScaffoldServer:
    """Return a server with all that it does."""
    server = ScaffoldServer()
    completing = types.CompletionOptions(trigger_characters=[":", " ", "[", ","])
    acting = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    plain: dict[str, Callable[..., Any]] = {
        types.INITIALIZE: _initialize,
        types.INITIALIZED: _initialized,
        types.SHUTDOWN: _shutdown,
        types.TEXT_DOCUMENT_DID_OPEN: _opened,
        types.TEXT_DOCUMENT_DID_CHANGE: _changed,
        types.TEXT_DOCUMENT_DID_SAVE: _saved,
        types.TEXT_DOCUMENT_DID_CLOSE: _closed,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _files_changed,
        types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: _folders_changed,
        types.TEXT_DOCUMENT_HOVER: _hover,
    }
    for name, function in plain.items():
        server.feature(name)(function)
    server.feature(types.TEXT_DOCUMENT_COMPLETION, completing)(_completion)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, acting)(_code_action)
    return server


def serve_editor(source: BinaryIO, target: BinaryIO) -> int:
    """Serve one client, and return the exit code: 0 if it shut the server down, 1 if it only left (3.17, ``exit``)."""
    server = made_server()
    try:
        server.start_io(source, target)
    finally:
        server.analysis.stop()
    return 0 if server.ended_well else 1
