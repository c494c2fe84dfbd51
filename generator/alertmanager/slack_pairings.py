"""Keys of ``slack_configs`` that need each other: tokens, addresses, and what updates an earlier message.

Source: ``Load`` and ``SlackConfig`` of Alertmanager. A token sends to ``app_url``, whatever ``api_url`` is; updates of
messages need Slack's own method. Before 0.35 only the receiver's own ``api_url`` could name that.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding
from .details import filled_later, has_authorization, is_set
from .fault import fault_at, fault_at_key
from .value import Value, truth
from .versions import Versions

SLACK_POST = "https://slack.com/api/chat.postMessage"
_TOKENS = ("app_token", "app_token_file")
_UPDATES = ("update_message", "post_updates_to_thread")
_UPDATES_WITH_TOKENS = (0, 35)  # the first Alertmanager that looks at the address which it will use


def slack_faults(value: Value, target: Versions, top: Value) -> Iterator[Finding]:
    """Yield the faults of an item of ``slack_configs``; ``top`` has the keys of ``global``."""
    for option in _UPDATES:
        there = value.get(option)
        if there is not None and truth(there) is True and (fault := _needs(option, value, target, top)):
            hint = f"set it, with the token in http_config.authorization, or remove {option}"
            yield fault_at_key("AM020", there, fault, hint)
    yield from _token(value, top)


def _needs(option: str, value: Value, target: Versions, top: Value) -> str:
    """Return why an option that updates a message is refused, or ``""``."""
    address = value.get("api_url")
    own = "" if address is None else address.text
    if filled_later(own):
        return ""
    needs = f"{option} needs api_url: {SLACK_POST}"
    if min(target.loaders) < _UPDATES_WITH_TOKENS:
        return needs if own != SLACK_POST else ""
    if own or is_set(value, "api_url_file"):
        return needs if own != SLACK_POST else ""
    if _has_token(value, top):
        app = value.text_of("app_url") or top.text_of("slack_app_url") or SLACK_POST
        return "" if app == SLACK_POST or filled_later(app) else f"{option} needs app_url: {SLACK_POST}"
    shared = top.text_of("slack_api_url")
    is_other = shared not in {"", SLACK_POST} and not filled_later(shared)
    return f"{needs}, and that of global is another" if is_other or is_set(top, "slack_api_url_file") else ""


def _has_token(value: Value, top: Value) -> bool:
    """Return whether a receiver without ``api_url`` uses a token, its own or that of ``global``."""
    if any(is_set(value, one) for one in _TOKENS):
        return True
    authorized = has_authorization(value.get("http_config") or Value("map"))
    return not authorized and any(is_set(top, f"slack_{one}") for one in _TOKENS)


def _token(value: Value, top: Value) -> Iterator[Finding]:
    own = value.get("http_config")
    is_authorized = has_authorization(own or top.get("http_config") or Value("map"))
    addressed = is_set(value, "api_url") or is_set(value, "api_url_file")
    token = next((one for one in _TOKENS if is_set(value, one)), "")
    if token and is_authorized:
        message = f"slack_configs has both {token} and http_config.authorization"
        yield fault_at_key("AM020", value.pairs[token], message, "keep one")
    shared = top.pairs.get("http_config")
    if own is None and shared is not None and shared.is_null:
        yield fault_at_key("AM032", shared, "global.http_config is null, with which Alertmanager crashes", "remove it")
    if token or is_set(value, "api_url"):
        return
    token = next((f"slack_{one}" for one in _TOKENS if is_set(top, f"slack_{one}")), "")
    if not token or not is_authorized:
        return
    if own is None or not has_authorization(own):
        message = f"global has both {token} and http_config.authorization, which slack_configs inherits"
        yield fault_at_key("AM020", top.pairs[token], message, "keep one")
    elif not (addressed or is_set(top, "slack_api_url") or is_set(top, "slack_api_url_file")):
        message = f"slack_configs needs api_url: http_config.authorization replaces {token} of global"
        yield fault_at("AM020", value, message, f"add api_url: {SLACK_POST}, or remove authorization")
