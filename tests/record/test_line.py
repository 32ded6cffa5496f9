"""Lines: one way to write each fact, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import CeremonyError, DoesNotHold
from ceremony_app.record.facts import FACTS, CheckMade, DeviationsAgreed, Fact, PersonLeft, ProcessStarted
from ceremony_app.record.line import EMPTY, MAX_LINE, decode, encode, withhold

UTC = "2026-11-24T14:31:05Z"
SALT = "0123456789abcdef" * 2
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


def line_of(fact: Fact, **changed: Any) -> bytes:
    return encode(fact, **{"step": "prepare", "salt": SALT, "prev": EMPTY, "seq": 1, "utc": UTC, **changed})


def values(kind: Any) -> st.SearchStrategy[Any]:
    """A strategy for a fact's field, built from the type so that no fact can be left out."""
    if kind is str:
        return TEXT
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(-(2**63), 2**63 - 1)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{name: values(hint) for name, hint in get_type_hints(kind).items() if name in kind.__struct_fields__})
    if kind.__origin__ is dict:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    if kind.__args__[-1] is Ellipsis:
        return st.lists(values(kind.__args__[0]), max_size=3).map(tuple)
    return st.tuples(*map(values, kind.__args__))


def fact_strategy() -> st.SearchStrategy[Fact]:
    return st.one_of([values(kind) for kind in FACTS.values()])


@given(fact=fact_strategy(), seq=st.integers(1, 999_999_999))
@settings(max_examples=200, deadline=None)
def test_every_fact_comes_back_equal(fact: Fact, seq: int) -> None:
    line = line_of(fact, seq=seq)
    entry = decode(line)
    assert entry.fact == fact
    assert type(entry.fact) is type(fact)
    assert (entry.seq, entry.tag, entry.step, entry.salt) == (seq, type(fact).__name__, "prepare", SALT)
    assert entry.line == line


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_can_be_written(name: str) -> None:
    @given(fact=values(FACTS[name]))
    @settings(max_examples=3, deadline=None, database=None)
    def check(fact: Fact) -> None:
        assert decode(line_of(fact)).fact == fact

    check()


def test_no_field_is_a_float_or_named_as_what_stands_beside_it() -> None:
    for kind in FACTS.values():
        assert not {"step", "salt"} & set(kind.__struct_fields__)
        assert "number" not in json.dumps([node.get("type") for node in _nodes(msgspec.json.schema(kind))])


def _nodes(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        return [schema, *(node for value in schema.values() for node in _nodes(value))]
    return [node for value in schema for node in _nodes(value)] if isinstance(schema, list) else []


def test_the_format_is_exactly_this() -> None:
    """The bytes of one line, so that no library update can change them silently."""
    fact = CheckMade(check="swap", seen='é\u2028\x7f 😀 "\\/\n\t\x01\x1f', verdict="pass", basis="measured", sentence="")
    assert line_of(fact) == (
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 1 2026-11-24T14:31:05Z CheckMade "
        b"dea90c1e9f87186fc3b1c9107282e2775d4eee3c3deeea4761b915d61bf8931e "
        b'{"basis":"measured","check":"swap","salt":"0123456789abcdef0123456789abcdef",'
        b'"seen":"\xc3\xa9\xe2\x80\xa8\x7f \xf0\x9f\x98\x80 \\"\\\\/\\n\\t\\u0001\\u001f",'
        b'"sentence":"","step":"prepare","verdict":"pass"}\n'
    )


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused_in_our_words(data: bytes) -> None:
    with pytest.raises(DoesNotHold):
        decode(data)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_one_changed_byte_is_refused_or_changes_the_header(data: st.DataObject) -> None:
    """A changed header is a valid line that no longer chains; a changed body never is one."""
    line = line_of(PersonLeft(name="Tomas Lindqvist", reason="done"))
    at = data.draw(st.integers(0, len(line) - 1))
    changed = line[:at] + bytes([line[at] ^ data.draw(st.integers(1, 255))]) + line[at + 1 :]
    try:
        entry = decode(changed)
    except CeremonyError:
        return
    assert entry.header != decode(line).header
    assert entry.body == decode(line).body


BODY = b'{"name":"T","reason":"r","salt":"0123456789abcdef0123456789abcdef","step":"s"}'


def with_body(body: bytes, tag: str = "PersonLeft") -> bytes:
    from hashlib import sha256

    return f"{EMPTY} 1 {UTC} {tag} {sha256(body).hexdigest()} ".encode() + body + b"\n"


def test_the_plain_body_is_read() -> None:
    assert decode(with_body(BODY)).fact == PersonLeft(name="T", reason="r")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (BODY.replace(b'"T"', b'"T" '), "body"),
        (BODY.replace(b'"T"', b'"\\u0054"'), "body"),
        (BODY.replace(b'"T"', b"7"), "body"),
        (BODY.replace(b'"T"', b"null"), "body"),
        (BODY.replace(b'"name":"T",', b""), "body"),
        (BODY.replace(b'"name":"T",', b'"name":"T","name":"T",'), "body"),
        (BODY.replace(b'"name":"T",', b'"more":1,"name":"T",'), "body"),
        (BODY.replace(b'"name":"T","reason":"r"', b'"reason":"r","name":"T"'), "body"),
        (BODY.replace(b'"T"', b'"\xff"'), "body"),
        (BODY.replace(b'"T"', b'"\\ud800"'), "body"),
        (BODY.replace(b"0123456789abcdef0", b""), "salt"),
        (BODY.replace(b',"step":"s"', b""), "step"),
        (BODY.replace(b'"step":"s"', b'"step":"\xc3\xa9"'), "step"),
        (b"[" * 100_000, "body"),
        (b"[]", "body"),
        (b"1e999", "body"),
        (b"", "header"),
        (b"-", "digest"),
    ],
)
def test_any_other_body_is_refused(body: bytes, field: str) -> None:
    line = with_body(body)
    if field == "digest":
        line = line_of(DeviationsAgreed(count=0, by="A")).split(b" {")[0] + b" -\n"
        field = "body"
    if field == "header":
        line = line[:-2] + b"\n"
    with pytest.raises(DoesNotHold) as caught:
        decode(line, number=7)
    assert str(caught.value.what).startswith(f"Line 7 of record.log: its {field} ")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b" 1 ", b" 0 ", "header"),
        (b" 1 ", b" 01 ", "header"),
        (b" 1 ", b"  1 ", "header"),
        (b"2026-11-24", b"2026-11-31", "utc"),
        (b"05Z", b"05+", "header"),
        (b"PersonLeft", b"PersonGone", "fact"),
        (b"e3b0", b"E3b0", "header"),
        (b"\n", b"", "end"),
    ],
)
def test_any_other_header_is_refused(old: bytes, new: bytes, field: str) -> None:
    with pytest.raises(DoesNotHold, match=f"its {field} "):
        decode(with_body(BODY).replace(old, new, 1))


def test_a_number_that_is_no_integer_is_refused() -> None:
    body = b'{"by":"A","count":1.0,"salt":"0123456789abcdef0123456789abcdef","step":"s"}'
    assert decode(with_body(body.replace(b"1.0", b"1"), "DeviationsAgreed")).fact == DeviationsAgreed(count=1, by="A")
    for other in (body, body.replace(b"1.0", b"1e2"), body.replace(b"1.0", b"true")):
        with pytest.raises(DoesNotHold):
            decode(with_body(other, "DeviationsAgreed"))


@pytest.mark.parametrize(
    "fact",
    [
        PersonLeft(name=3, reason="r"),  # type: ignore[arg-type]
        PersonLeft(name="\ud800", reason="r"),
        DeviationsAgreed(count=1.5, by="A"),  # type: ignore[arg-type]
        ProcessStarted(process="desk", protections={"a": 1}),  # type: ignore[dict-item]
        PersonLeft(name="x" * MAX_LINE, reason=""),
    ],
)
def test_what_would_not_be_read_is_not_written(fact: Fact) -> None:
    with pytest.raises(DoesNotHold):
        line_of(fact)


@pytest.mark.parametrize("changed", [{"salt": "00"}, {"step": "\n"}, {"utc": "now"}, {"seq": 0}, {"prev": "x"}])
def test_wrong_header_values_are_not_written(changed: dict[str, Any]) -> None:
    with pytest.raises(DoesNotHold):
        line_of(PersonLeft(name="T", reason="r"), **changed)


def test_a_withheld_line_keeps_its_header() -> None:
    entry = decode(line_of(PersonLeft(name="T", reason="r")))
    public = decode(withhold(entry))
    assert (public.header, public.head) == (entry.header, entry.head)
    assert (public.body, public.fact, public.salt) == (None, None, "")
    assert public.line == withhold(entry)


def test_a_deviation_cannot_be_withheld() -> None:
    with pytest.raises(DoesNotHold, match="cannot be withheld"):
        withhold(decode(line_of(DeviationsAgreed(count=0, by="A"))))
