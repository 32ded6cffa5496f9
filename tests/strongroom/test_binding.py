"""Every request has exactly one handler, which answers what the request promises."""

from __future__ import annotations

import inspect
import typing

import pytest

from ceremony_app.strongroom import client, protocol
from ceremony_app.strongroom.handlers import HANDLERS
from ceremony_app.strongroom.room import Room

REQUESTS = [
    thing
    for thing in vars(protocol).values()
    if inspect.isclass(thing) and issubclass(thing, protocol.Request) and thing is not protocol.Request
]


def test_every_request_has_a_handler() -> None:
    assert set(HANDLERS) == set(REQUESTS)
    assert len(set(HANDLERS.values())) == len(HANDLERS)


@pytest.mark.parametrize("request_class", REQUESTS, ids=lambda request: request.__name__)
def test_handler_takes_the_request_and_answers_its_reply(request_class: type[protocol.Request[typing.Any]]) -> None:
    hints = typing.get_type_hints(HANDLERS[request_class])
    assert hints == {"room": Room, "request": request_class, "return": client.reply_type(request_class)}


@pytest.mark.parametrize("request_class", REQUESTS, ids=lambda request: request.__name__)
def test_no_field_is_named_like_a_secret(request_class: type[protocol.Request[typing.Any]]) -> None:
    forbidden = ("pin", "code", "word", "mnemonic", "password")
    fields = [name for name in request_class.__struct_fields__ if any(part in name.lower().split("_") for part in forbidden)]
    assert fields == []
