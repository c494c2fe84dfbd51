"""A language server: findings, pages, completion and changes of ``generator.editor`` for editors, over stdio.

Implements the Language Server Protocol 3.17 with pygls, which only ``scaffold-config[lsp]`` installs:
https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""
