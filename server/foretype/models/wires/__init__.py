"""The API formats: pure functions from prompts to requests, and from events to chunks."""

from __future__ import annotations

from collections.abc import Mapping

from foretype.models.wires import chat, fim, infill, responses
from foretype.models.wires.parts import AnswerTooLong, Decoder, ErrorObject, Request, Wire
from foretype.settings.providers import WireName

__all__ = ["WIRES", "AnswerTooLong", "Decoder", "ErrorObject", "Request", "Wire"]

WIRES: Mapping[WireName, Wire] = {
    "chat": Wire(chat.request, chat.Deltas, chat.call),
    "fim": Wire(fim.request, fim.Pieces, fim.call),
    "infill": Wire(infill.request, infill.Contents, infill.call),
    "responses": Wire(responses.request, responses.TypedEvents, responses.call),
}
