"""pygls made safe: every request is answered exactly once, whatever it holds.

Takes messages as bytes and routes them itself; keeps pygls' feature registry, its answer to
``initialize`` and its requests to the client. Nothing inside the server is told to the client:
no traceback, no path, no text of a foreign exception. Knows nothing of completion.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

from foretype.core import out_of_memory
from foretype.lsp.wire import tolerance
from foretype.lsp.wire.framing import frame

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.lsp.server import LanguageServer

log = logging.getLogger(__name__)

MsgId = int | str

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800

LARGEST = 2**31 - 1
"""The largest number that the specification has room for."""

WRONG_TOKEN = (
    "This foretype listens on a port, which others on this machine can reach too: send the token "
    "that it showed at its start as initializationOptions.token"
)
FAULT_INTERVAL_S = 60.0
"""The client is told of a fault in here at most this often, in seconds. The log has each."""

_arrived: contextvars.ContextVar[float] = contextvars.ContextVar("arrived")

# ``open_documents.py`` keeps the documents; pygls' own copies would cost a second on a long line.
_NOT_OURS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)
MAX_DIAGNOSTICS = 200
"""Diagnostics of one place that are read; a menu has no room for more."""
MAX_MESSAGE_CHARS = 10_000
"""Characters of a diagnostic's message that are read; compilers write thousands."""
_WITHOUT_PARAMS = {types.SHUTDOWN, types.EXIT}


def converter() -> Converter:
    """lsprotocol's converter, for which a number or null is no text: ``str()`` makes one of
    anything, and ``None`` of a document."""
    found: Converter = default_converter()  # type: ignore[no-untyped-call]
    found.register_structure_hook(str, _text)
    found.register_structure_hook(types.CodeActionContext, _few_diagnostics(found))
    return found


def _few_diagnostics(found: Converter) -> Callable[[Any, Any], Any]:
    """Read the first diagnostics of a place, and the beginnings of their messages.

    100,000 of them, or one of 30 MB, would hold up all else for seconds.
    """
    structure = found.get_structure_hook(types.CodeActionContext)

    def read(value: Any, kind: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("diagnostics"), list):
            value = {**value, "diagnostics": [*map(cut, value["diagnostics"][:MAX_DIAGNOSTICS])]}
        return structure(value, kind)

    def cut(diagnostic: Any) -> Any:
        message = diagnostic.get("message") if isinstance(diagnostic, dict) else None
        if not isinstance(message, str) or len(message) <= MAX_MESSAGE_CHARS:
            return diagnostic
        return {**diagnostic, "message": message[:MAX_MESSAGE_CHARS]}

    return read


def _text(value: Any, kind: Callable[[str], str]) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return kind(value)  # ``str``, or an enumeration of texts.


class RequestError(JsonRpcException):
    """A request that cannot be carried out. Its text is shown to the user as it stands."""

    def __init__(self, message: str, code: int = INVALID_PARAMS) -> None:
        super().__init__(message, code)


def arrived() -> float:
    """When the message that is being handled arrived, on the event loop's clock."""
    return _arrived.get(0.0) or monotonic()


class SafeProtocol(LanguageServerProtocol):
    """One client's conversation, from ``initialize`` to ``exit``."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        for method in _NOT_OURS:
            self.fm.builtin_features.pop(method, None)
        self.initialize_params: dict[str, Any] = {}
        """The parameters of ``initialize`` as they came, because an absent key and a null differ
        there."""
        self.faults: Counter[str] = Counter()
        """How often handling each method failed."""
        self.exit_code = 1
        """What the process ends with: 1 until the client has asked for ``shutdown``."""
        self.ended = asyncio.Event()
        """Set once there is nothing more to do for this client."""
        self.on_unreadable: Callable[[str, Any], None] = lambda method, params: None
        """Told of each notification that was passed over because its params cannot be read."""
        self.token: str | None = None
        """What a client must send to be served; None where everyone who gets here is served."""
        self.on_initialized: Callable[[], object] = lambda: None
        """Called once the client is accepted."""
        self._initialized = False
        self.in_flight: dict[MsgId, str] = {}
        self._told_of_fault = float("-inf")
        self._left_out: set[str] = set()

    def is_initialized(self) -> bool:
        """Whether a client has been accepted. No property: pygls reads those while it begins."""
        return self._initialized

    # --- in ---------------------------------------------------------------------------------

    def receive(self, body: bytes, arrived: float) -> None:
        """Take one message. Whatever it holds, the next one can be taken too."""
        if self.ended.is_set():
            return
        try:
            message = json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "The message is no JSON")
            return
        # The protocol knows no batches; a client that sends one gets an answer to each request.
        batch = message if isinstance(message, list) and message else [message]
        for one in batch:
            if self.ended.is_set():
                return
            context = contextvars.copy_context()
            context.run(_arrived.set, arrived)
            try:
                context.run(self._take, one)
            except Exception as fault:
                self._fault("a message", fault)

    def end(self, exit_code: int | None = None) -> None:
        """Have the conversation end, with an exit code where it is not the client's choice."""
        if not self.ended.is_set():
            self.exit_code = self.exit_code if exit_code is None else exit_code
            self.ended.set()

    async def abandon(self) -> None:
        """Answer what is still in flight with RequestCancelled."""
        tasks = self._cancel_all()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
            await asyncio.sleep(0)

    def _take(self, message: Any) -> None:
        if not isinstance(message, dict):
            self._refuse(None, INVALID_REQUEST, "A message is an object")
            return
        method = message.get("method")
        if method is None and ("result" in message or "error" in message):
            self._take_response(message)
        elif not isinstance(method, str) or message.get("jsonrpc") != "2.0":
            if "id" in message:
                self._refuse(_valid_id(message["id"]), INVALID_REQUEST, "This is no request")
        elif "id" in message:
            self._take_request(_valid_id(message["id"]), method, message)
        else:
            self._take_notification(method, message)

    def _take_request(self, msg_id: MsgId | None, method: str, message: dict[str, Any]) -> None:
        handler = self._handler(method)
        if msg_id is None:
            self._refuse(None, INVALID_REQUEST, "A request's id is a number or a string")
        elif msg_id in self.in_flight:
            self._refuse(msg_id, INVALID_REQUEST, "A request with this id is in flight")
        elif self._shutdown:
            self._refuse(msg_id, INVALID_REQUEST, "The server is shutting down")
        elif not self._initialized and method != types.INITIALIZE:
            self._refuse(msg_id, NOT_INITIALIZED, "The server is not initialized")
        elif self._initialized and method == types.INITIALIZE:
            self._refuse(msg_id, INVALID_REQUEST, "The server is initialized already")
        elif method == types.INITIALIZE and not self._admits(message.get("params")):
            self._refuse(msg_id, INVALID_REQUEST, WRONG_TOKEN)
            self.end(1)
        elif handler is None:
            self._refuse(msg_id, METHOD_NOT_FOUND, f"There is no method {method[:100]}")
        elif not _is_request(method):
            self._refuse(msg_id, INVALID_REQUEST, f"{method} is a notification")
        else:
            try:
                params = self._structure(method, message)
            except Exception as fault:
                log.info("cannot read the params of %s: %s", method, _shape_of(fault))
                self._refuse(msg_id, INVALID_PARAMS, f"The params of {method} cannot be read")
                return
            self.in_flight[msg_id] = method
            self._ctx_msg_id.set(msg_id)
            self._execute_handler(
                msg_id=msg_id,
                handler=handler,
                args=(params,),
                callback=partial(self._answer, msg_id=msg_id),
            )

    def _take_notification(self, method: str, message: dict[str, Any]) -> None:
        if method == types.EXIT:
            self.end()
            return
        if not self._initialized or self._shutdown:
            return
        if method == types.CANCEL_REQUEST:
            self._cancel(message.get("params"))
            return
        handler = self._handler(method)
        if handler is None or _is_request(method):
            log.debug("ignored the notification %s", method)
            return
        try:
            params = self._structure(method, message)
        except Exception as fault:
            log.warning("cannot read the params of %s: %s", method, _shape_of(fault))
            self.on_unreadable(method, message.get("params"))
            return
        key = f"{method} {id(message)}"
        self._execute_handler(
            msg_id=key,
            handler=handler,
            args=(params,),
            callback=partial(self._noticed, key=key, method=method),
        )

    def _take_response(self, message: dict[str, Any]) -> None:
        msg_id = message.get("id")
        if not isinstance(msg_id, (int, str)) or msg_id in self.in_flight:
            return
        future = self._request_futures.pop(msg_id, None)
        result_type = self._result_types.pop(msg_id, None)
        # Whoever asked may have gone meanwhile.
        if future is None or future.done():
            return
        error = message.get("error")
        if error is not None:
            text = error.get("message") if isinstance(error, dict) else None
            future.set_exception(JsonRpcException(str(text or "the client refused")))
            return
        try:
            future.set_result(
                message.get("result")
                if result_type is None
                else self._converter.structure(message, result_type).result
            )
        except Exception as fault:
            log.warning("cannot read an answer of the client: %s", _shape_of(fault))
            future.set_exception(JsonRpcException("the client's answer cannot be read"))

    def _cancel(self, params: Any) -> None:
        msg_id = _valid_id(params.get("id")) if isinstance(params, dict) else None
        if msg_id is not None and msg_id in self.in_flight:
            future = self._request_futures.get(msg_id)
            if future is not None:
                future.cancel()

    def _admits(self, params: Any) -> bool:
        """Whether a client is served. Its token is taken out: nothing else may see it."""
        options = params.get("initializationOptions") if isinstance(params, dict) else None
        section = options.get("foretype") if isinstance(options, dict) else None
        given = [
            place.pop(name)
            for place in (options, section)
            if isinstance(place, dict)
            for name in ("token", "foretype.token")
            if name in place
        ]
        if self.token is None:
            return True
        from foretype.lsp.listening import is_same

        return any(is_same(value, self.token) for value in given)

    def _handler(self, method: str) -> Callable[..., Any] | None:
        handler = self.fm.builtin_features.get(method) or self.fm.features.get(method)
        return handler if callable(handler) else None

    def _structure(self, method: str, message: dict[str, Any]) -> Any:
        """The params as lsprotocol's types, or as plain JSON where it has none."""
        if method in _WITHOUT_PARAMS:
            return None
        message_type = self.get_message_type(method)
        if message_type is None:
            return message.get("params")
        if method == types.INITIALIZE:
            raw = message.get("params")
            self.initialize_params = raw if isinstance(raw, dict) else {}
        structure = self._converter.structure
        try:
            return structure(message, message_type).params
        except Exception as fault:
            out_of_memory.end_if(fault)
            within = _within_limits(message)
            try:
                return structure(within, message_type).params
            except Exception:
                taken, left_out = tolerance.readable(within, message_type, structure)
        self._tell_left_out(method, left_out)
        return structure(taken, message_type).params

    def _tell_left_out(self, method: str, fields: list[str]) -> None:
        """Log what could not be read of a message, once for each field."""
        # A list's items are one field: there may be any number of them.
        names = {re.sub(r"\[\d+\]", "[]", f"{method}: {field}") for field in fields}
        for name in sorted(names - self._left_out):
            log.warning("cannot read %s, which is left out", name)
        self._left_out |= names

    # --- out --------------------------------------------------------------------------------

    def _answer(self, future: Future[Any], *, msg_id: MsgId) -> None:
        self._request_futures.pop(msg_id, None)
        method = self.in_flight.pop(msg_id, "")
        if future.cancelled():
            self._refuse(msg_id, REQUEST_CANCELLED, "The request is cancelled")
            return
        fault = future.exception()
        if fault is None:
            self._reply(msg_id, method, future.result())
        elif isinstance(fault, JsonRpcException):
            self._refuse(msg_id, fault.code, fault.message)
        else:
            self._fault(method, fault)
            self._apologize(msg_id, method)

    def _noticed(self, future: Future[Any], *, key: str, method: str) -> None:
        self._request_futures.pop(key, None)
        if not future.cancelled() and (fault := future.exception()) is not None:
            self._fault(method, fault)

    def _reply(self, msg_id: MsgId, method: str, result: Any) -> None:
        try:
            body = self._encode({"jsonrpc": "2.0", "id": msg_id, "result": result})
        except Exception as fault:
            self._fault(method, fault)
            self._apologize(msg_id, method)
            return
        self._write(body)

    def _apologize(self, msg_id: MsgId, method: str) -> None:
        """Answer a request that failed in here: nothing to show, where null can say so."""
        if method.startswith("textDocument/"):
            self._write(self._encode({"jsonrpc": "2.0", "id": msg_id, "result": None}))
        else:
            self._refuse(msg_id, INTERNAL_ERROR, "foretype failed here; its log says more")

    def _refuse(self, msg_id: MsgId | None, code: int, message: str) -> None:
        error = {"code": code, "message": message}
        self._write(self._encode({"jsonrpc": "2.0", "id": msg_id, "error": error}))

    def _fault(self, method: str, fault: BaseException) -> None:
        """Log a fault of ours, count it, and tell the client's log now and then."""
        self.faults[method] += 1
        log.error("handling %s failed", method, exc_info=fault)
        if monotonic() - self._told_of_fault >= FAULT_INTERVAL_S:
            self._told_of_fault = monotonic()
            told = f"foretype: handling {method} failed ({type(fault).__name__})"
            self.notify(
                types.WINDOW_LOG_MESSAGE,
                types.LogMessageParams(type=types.MessageType.Error, message=told),
            )

    def _send_data(self, data: Any) -> None:
        """Where pygls sends its notifications and requests."""
        self._write(self._encode(data))

    def _encode(self, message: Any) -> bytes:
        # All ASCII, so that a lone surrogate in a text is no fault.
        text = json.dumps(
            message, default=self._serialize_message, allow_nan=False, separators=(",", ":")
        )
        return text.encode("ascii")

    def _write(self, body: bytes) -> None:
        if self.writer is not None:
            self.writer.write(frame(body))

    # --- what pygls does otherwise ----------------------------------------------------------

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        if params.root_uri is not None and not _is_uri(params.root_uri):
            params.root_uri = None  # pygls' workspace fails at it.
        result = yield from super().lsp_initialize(params)
        self._initialized = True
        self.on_initialized()
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> None:  # type: ignore[override]
        self._shutdown = True
        self.exit_code = 0
        self._cancel_all()

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise RequestError(f"There is no command {params.command[:100]}")
        result = handler(*(params.arguments or ()))
        return await result if inspect.isawaitable(result) else result

    def _cancel_all(self) -> list[asyncio.Task[Any]]:
        futures: list[Any] = [self._request_futures.get(msg_id) for msg_id in self.in_flight]
        for future in futures:
            if future is not None:
                future.cancel()
        return [future for future in futures if isinstance(future, asyncio.Task)]


@lru_cache
def _is_request(method: str) -> bool:
    """Whether a method is asked with an id. One that lsprotocol does not know may be."""
    known = types.METHOD_TO_TYPES.get(method)
    return known is None or any(field.name == "id" for field in attrs.fields(known[0]))


def _is_uri(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _valid_id(value: Any) -> MsgId | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) else None


def _within_limits(value: Any) -> Any:
    """JSON with its large numbers cut: some clients say "the line's end" by more than the
    specification has room for."""
    if isinstance(value, dict):
        return {key: _within_limits(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_within_limits(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-LARGEST - 1, min(value, LARGEST))
    return value


def _shape_of(fault: BaseException) -> str:
    """What kind of fault it is, and where in the params, without any value of theirs."""
    if isinstance(fault, tolerance.Unreadable):
        return str(fault)
    inner = getattr(fault, "exceptions", None)
    notes = getattr(fault, "__notes__", [])
    where = f" ({notes[0]})" if notes else ""
    return _shape_of(inner[0]) + where if inner else type(fault).__name__ + where


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
