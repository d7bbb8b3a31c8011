from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.stream.protocol import (
    MAX_EXACT_INTEGER,
    Block,
    Ended,
    MessageError,
    Play,
    Refused,
    Reply,
    Report,
    Request,
    Started,
    Stop,
    parse_reply,
    parse_request,
    refusal,
)

CLIENT = "c0ffee-0001"

REQUESTS: list[Request] = [
    Play(epoch=1, client=CLIENT, track_id=7, start_frame=0, enhanced=True),
    Play(
        epoch=2,
        client=CLIENT,
        track_id=7,
        start_frame=MAX_EXACT_INTEGER,
        enhanced=False,
        preset="warm",
        intensity=0.7,
    ),
    Report(
        epoch=1,
        client=CLIENT,
        state="playing",
        start_frame=5,
        consumed_frames=4_410,
        queued_frames=100,
        underruns=1,
        underrun_frames=128,
        pcm_hash=2**32 - 1,
        latency_ms=88.5,
    ),
    Stop(epoch=1, client=CLIENT),
]
REPLIES: list[Reply] = [
    Started(
        epoch=1,
        client=CLIENT,
        track_id=7,
        start_frame=0,
        total_frames=None,
        channels=2,
        rate_hz=44_100,
    ),
    Block(
        epoch=1,
        client=CLIENT,
        seq=0,
        track_id=7,
        first_frame=0,
        frames=11_025,
        channels=2,
        rate_hz=44_100,
    ),
    Ended(epoch=1, client=CLIENT, reason="failed", position_frame=9, message="m", reference="r"),
    Refused(reason="limit", message="10 streams are playing"),
]

BAD_VALUES: dict[str, list[object]] = {
    "epoch": [0, -1, 1.5, "1", None, True, 2**53],
    "client": ["", "short", "with space in it", "x" * 65, 12345678, None, "ümläute-1"],
    "track_id": [-1, 0.5, "7", None],
    "start_frame": [-1, 2**53, None, [0]],
    "enhanced": [1, "true", None],
    "preset": ["", "Warm", "a" * 40, 3, None, "../x"],
    "intensity": [-0.01, 1.01, float("nan"), float("inf"), "1", None],
    "state": ["", "flying", None, 1],
    "consumed_frames": [-1, 2**53, 1.5, None],
    "pcm_hash": [-1, 2**32, "0", None],
    "latency_ms": [-1, float("nan"), float("inf"), "3"],
    "underrun_frames": [-1, "0"],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.type)
def test_a_request_survives_the_way_through_json(message: Request) -> None:
    assert parse_request(json.loads(json.dumps(message.model_dump(mode="json")))) == message


@pytest.mark.parametrize("message", REPLIES, ids=lambda message: message.type)
def test_a_reply_survives_the_way_through_json(message: Reply) -> None:
    assert parse_reply(json.loads(json.dumps(message.model_dump(mode="json")))) == message


def test_whole_numbers_are_taken_for_fractions() -> None:
    content = {**REQUESTS[0].model_dump(), "intensity": 1}
    assert parse_request(content) == REQUESTS[0]


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (message, field, value)
        for message in REQUESTS
        for field, values in BAD_VALUES.items()
        if field in type(message).model_fields
        for value in values
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(
    message: Request, field: str, value: object
) -> None:
    with pytest.raises(MessageError) as caught:
        parse_request({**message.model_dump(), field: value})
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.type)
def test_a_missing_or_unknown_field_is_refused_by_its_name(message: Request) -> None:
    content = message.model_dump()
    for field, info in type(message).model_fields.items():
        if info.is_required():
            with pytest.raises(MessageError) as caught:
                parse_request({name: value for name, value in content.items() if name != field})
            assert caught.value.field == field
    with pytest.raises(MessageError) as caught:
        parse_request({**content, "volume": 1})
    assert caught.value.field == "volume"


@given(json_values)
def test_anything_else_is_refused_and_nothing_else_is_raised(content: Any) -> None:
    with pytest.raises(MessageError) as caught:
        parse_request(content)
    assert caught.value.field == "type"
    answer = refusal(content, caught.value)
    assert parse_reply(answer.model_dump(mode="json")) == answer


@given(st.sampled_from(REQUESTS), st.dictionaries(st.sampled_from([*BAD_VALUES]), json_values))
def test_a_changed_message_is_either_read_or_refused(
    message: Request, changes: dict[str, Any]
) -> None:
    content = {**message.model_dump(), **changes}
    answer: Request | Refused
    try:
        answer = parse_request(content)
    except MessageError as error:
        answer = refusal(content, error)
    if isinstance(answer, Refused):
        assert answer.reason == "invalid"
        assert answer.field in content
    else:
        assert answer.model_dump() == content


def test_a_refusal_is_addressed_to_whoever_asked() -> None:
    content = {**REQUESTS[0].model_dump(), "intensity": 2}
    with pytest.raises(MessageError) as caught:
        parse_request(content)
    answer = refusal(content, caught.value)
    assert (answer.epoch, answer.client, answer.field) == (1, CLIENT, "intensity")


def test_a_refusal_leaves_out_an_address_that_cannot_be_read() -> None:
    content = {**REQUESTS[0].model_dump(), "epoch": -4}
    with pytest.raises(MessageError) as caught:
        parse_request(content)
    answer = refusal(content, caught.value)
    assert (answer.epoch, answer.client, answer.field) == (None, CLIENT, "epoch")
