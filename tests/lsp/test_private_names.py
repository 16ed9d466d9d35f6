"""The private names of pygls that are touched, one test each: a new release may move them."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import JsonRPCProtocol

from foretype.lsp.app import make_server
from foretype.lsp.wire.json_rpc import SafeProtocol

ASKED = types.ConfigurationParams(items=[types.ConfigurationItem(section="foretype")])


class Sink:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        return None


async def made() -> tuple[SafeProtocol, Sink]:
    sink = Sink()
    protocol = make_server({}).protocol
    protocol.set_writer(sink)
    return protocol, sink


async def test_execute_handler_keeps_the_future_of_a_coroutine_by_its_id() -> None:
    protocol, _ = await made()
    done: list[Any] = []

    async def handler(value: int) -> int:
        await asyncio.sleep(0)
        return value + 1

    protocol._execute_handler("id", handler, done.append, args=(1,))
    task = protocol._request_futures["id"]
    assert isinstance(task, asyncio.Task)
    await task
    await asyncio.sleep(0)
    assert done[0].result() == 2


async def test_execute_handler_answers_a_plain_function_at_once() -> None:
    protocol, _ = await made()
    done: list[Future[Any]] = []

    def fails(value: int) -> None:
        raise KeyError(value)

    protocol._execute_handler("a", lambda value: value, done.append, args=(5,))
    protocol._execute_handler("b", fails, done.append, args=(5,))
    assert done[0].result() == 5
    assert isinstance(done[1].exception(), KeyError)
    assert not protocol._request_futures


async def test_send_data_is_the_one_way_out_for_notifications_and_requests() -> None:
    protocol, sink = await made()
    protocol.notify("foretype/status", {"state": "ready"})
    assert b'"method":"foretype/status"' in sink.data
    sink.data = b""
    protocol.send_request(types.WORKSPACE_CONFIGURATION, ASKED, msg_id="m")
    assert b'"id":"m"' in sink.data


async def test_request_futures_and_result_types_are_kept_by_id() -> None:
    protocol, _ = await made()
    edit = types.ApplyWorkspaceEditParams(edit=types.WorkspaceEdit())
    future = protocol.send_request(types.WORKSPACE_APPLY_EDIT, edit, msg_id="m")
    assert protocol._request_futures["m"] is future
    assert protocol._result_types["m"] is types.ApplyWorkspaceEditResponse
    protocol._take_response({"jsonrpc": "2.0", "id": "m", "result": {"applied": True}})
    assert future.result() == types.ApplyWorkspaceEditResult(applied=True)
    assert not protocol._request_futures and not protocol._result_types


async def test_a_late_answer_to_a_request_that_was_given_up_is_no_fault() -> None:
    protocol, _ = await made()
    waiting = asyncio.ensure_future(
        protocol.send_request_async(types.WORKSPACE_CONFIGURATION, ASKED, msg_id="m")
    )
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    protocol.receive(b'{"jsonrpc":"2.0","id":"m","result":[null]}', 0.0)
    assert not protocol.faults


async def test_serialize_message_makes_json_of_protocol_types() -> None:
    protocol, _ = await made()
    position = types.Position(line=1, character=2)
    assert protocol._serialize_message(position) == {"line": 1, "character": 2}
    kind: Any = protocol._serialize_message(types.MessageType.Info)
    assert kind == 3


async def test_the_converter_reads_protocol_types() -> None:
    protocol, _ = await made()
    raw = {"line": 1, "character": 2}
    assert protocol._converter.structure(raw, types.Position) == types.Position(1, 2)


async def test_ctx_msg_id_is_what_msg_id_reads() -> None:
    protocol, _ = await made()
    context = contextvars.copy_context()
    context.run(protocol._ctx_msg_id.set, 7)
    assert context.run(lambda: protocol.msg_id) == 7


async def test_shutdown_is_a_flag_of_the_protocol() -> None:
    protocol, _ = await made()
    assert protocol._shutdown is False
    protocol.lsp_shutdown()
    assert protocol._shutdown is True


async def test_builtin_features_can_be_taken_out() -> None:
    protocol, _ = await made()
    assert types.TEXT_DOCUMENT_DID_CHANGE not in protocol.fm.builtin_features
    assert types.INITIALIZE in protocol.fm.builtin_features


def test_what_is_overridden_is_there_to_override() -> None:
    for name in ("_send_data", "lsp_initialize", "lsp_shutdown", "lsp_workspace__execute_command"):
        assert name in vars(LanguageServerProtocol) or name in vars(JsonRPCProtocol)
        assert name in vars(SafeProtocol)
    assert inspect.isgeneratorfunction(LanguageServerProtocol.lsp_initialize)
    assert inspect.isgeneratorfunction(SafeProtocol.lsp_initialize)
