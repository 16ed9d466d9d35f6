"""The Responses wire: an event stream with named events and a running number."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from foretype.upstream import tokenizer
from foretype.upstream.answer import Answer, Call
from foretype.upstream.question import Question
from foretype.upstream.script import Script
from foretype.upstream.wire_formats import Event, sse


class Responses:
    """Responses, as far as text, thoughts and function calls go."""

    def events(self, said: Answer, question: Question, script: Script) -> Iterator[Event]:
        number = -1

        def event(name: str, fields: dict[str, Any], n_tokens: int = 0, said: str = "") -> Event:
            nonlocal number
            number += 1
            payload = {"type": name, "sequence_number": number, **fields}
            return Event(sse(payload, name), n_tokens, said)

        begun = {"response": _response(question, [], "in_progress")}
        yield event("response.created", begun)
        yield event("response.in_progress", begun)
        index = 0
        if said.reasoning:
            thoughts = _thoughts(said)
            at = {"item_id": thoughts["id"], "output_index": index, "summary_index": 0}
            yield event("response.output_item.added", {"output_index": index, "item": thoughts})
            for thought in said.reasoning:
                yield event("response.reasoning_summary_text.delta", {**at, "delta": thought}, 1)
            yield event("response.output_item.done", {"output_index": index, "item": thoughts})
            index += 1
        if said.pieces or not said.calls:
            message = _message(said)
            part = message["content"][0]
            at = {"item_id": message["id"], "output_index": index, "content_index": 0}
            empty = {**message, "content": [], "status": "in_progress"}
            yield event("response.output_item.added", {"output_index": index, "item": empty})
            yield event("response.content_part.added", {**at, "part": {**part, "text": ""}})
            for piece in said.pieces:
                n = len(tokenizer.split(piece))
                yield event("response.output_text.delta", {**at, "delta": piece}, n, piece)
            yield event("response.output_text.done", {**at, "text": said.text})
            yield event("response.content_part.done", {**at, "part": part})
            yield event("response.output_item.done", {"output_index": index, "item": message})
            index += 1
        for call in said.calls:
            item = _call(call)
            at = {"item_id": item["id"], "output_index": index}
            yield event("response.output_item.added", {"output_index": index, "item": item})
            for piece in tokenizer.split(call.arguments):
                yield event("response.function_call_arguments.delta", {**at, "delta": piece}, 1)
            done = {**at, "arguments": call.arguments}
            yield event("response.function_call_arguments.done", done)
            yield event("response.output_item.done", {"output_index": index, "item": item})
            index += 1
        ended = self.whole(said, question, script)
        yield event(f"response.{ended['status']}", {"response": ended})

    def whole(self, said: Answer, question: Question, script: Script) -> dict[str, Any]:
        output: list[dict[str, Any]] = [_thoughts(said)] if said.reasoning else []
        if said.pieces or not said.calls:
            output.append(_message(said))
        output += [_call(call) for call in said.calls]
        cut = said.finish == "length"
        response = _response(question, output, "incomplete" if cut else "completed")
        if cut:
            response["incomplete_details"] = {"reason": "max_output_tokens"}
        n_input = (question.n_chars + 3) // 4
        response["usage"] = {
            "input_tokens": n_input,
            "input_tokens_details": {"cached_tokens": int(n_input * script.cached)},
            "output_tokens": said.n_tokens,
            "output_tokens_details": {"reasoning_tokens": said.n_reasoning},
            "total_tokens": n_input + said.n_tokens,
        }
        return response


def _response(question: Question, output: list[dict[str, Any]], status: str) -> dict[str, Any]:
    return {
        "id": "resp_scripted",
        "object": "response",
        "created_at": int(time.time()),
        "model": str(question.body.get("model") or "scripted"),
        "status": status,
        "error": None,
        "incomplete_details": None,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }


def _message(said: Answer) -> dict[str, Any]:
    text = {"type": "output_text", "text": said.text, "annotations": []}
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }


def _thoughts(said: Answer) -> dict[str, Any]:
    summary = [{"type": "summary_text", "text": "".join(said.reasoning)}]
    return {"id": "rs_scripted", "type": "reasoning", "summary": summary}


def _call(call: Call) -> dict[str, Any]:
    return {
        "id": f"fc_{call.id}",
        "call_id": call.id,
        "type": "function_call",
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }
