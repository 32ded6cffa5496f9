"""Reading a plan: every mistake is named by its field, and nothing but `PlanRefused` ever comes out."""

from __future__ import annotations

import datetime
import hashlib
import os
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import BadInput
from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.plan.load import MAX_BYTES, load_plan, parse_plan, plan_digest, read_plan
from ceremony_app.plan.model import CeremonyKind, Destination, Environment, Plan, Role
from ceremony_app.plan.problem import PlanRefused
from tests.plan.plans import SAMPLES, sample, toml

Change = Callable[[dict[str, Any]], object]


def refused(data: bytes) -> PlanRefused:
    with pytest.raises(PlanRefused) as caught:
        parse_plan(data, "x.toml")
    return caught.value


def found(data: bytes) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in refused(data).problems]


def test_a_plan_becomes_typed() -> None:
    plan = load_plan(SAMPLES / "rehearsal.toml")
    assert (plan.kind, plan.environment) == (CeremonyKind.GENERATE, Environment.PRODUCTION)
    assert plan.approval.date == datetime.date(2026, 11, 20)
    assert plan.approval.approver == "Rania Haddad"
    assert plan.keys[0].algorithm is Algorithm.AES_256
    assert plan.key("release-signing").purpose is Purpose.SIGN
    assert (plan.backups[0].threshold, plan.backups[0].shares) == (3, 5)
    assert plan.exports[2].destination is Destination.AWS
    assert plan.exports[2].prefer == ""


def test_a_plan_answers_who_and_what() -> None:
    plan = load_plan(SAMPLES / "rehearsal.toml")
    assert (plan.administrator.name, plan.operator.name, plan.witness.name) == ("Adaeze Okafor", "Jonas Weber", "Ingrid Solheim")
    assert [person.name for person in plan.pin_holders] == ["Priya Raman", "Kenji Watanabe"]
    assert [person.name for person in plan.having(Role.AUDITOR, Role.APPROVER)] == ["Ingrid Solheim", "Rania Haddad"]
    assert plan.person("Rania Haddad") not in plan.must_be_present
    assert len(plan.must_be_present) == len(plan.people) - 1
    group = plan.backup_of("payments-kek")
    assert group is plan.backup("payments")
    assert [export.key for export in plan.exports_of("payments-kek")] == ["payments-kek"]
    assert plan.deputy_of(group.custodians[0]) == "Hanne Bakke"
    assert plan.is_extractable("payments-kek")


def test_a_key_without_backup_and_export_stays_in_the_token() -> None:
    data = sample()
    del data["exports"], data["backups"]
    plan = parse_plan(toml(data))
    assert plan.backup_of("payments-kek") is None
    assert plan.exports_of("payments-kek") == ()
    assert not plan.is_extractable("payments-kek")


def test_the_deputy_of_a_person_stands_in_for_a_card_that_names_none() -> None:
    data = sample()
    del data["backups"][0]["custodians"][0]["deputy"]
    data["people"][7]["deputy"] = "Sigrid Moe"
    plan = parse_plan(toml(data))
    assert plan.deputy_of(plan.backups[0].custodians[0]) == "Sigrid Moe"


@pytest.mark.parametrize("ask", [lambda plan: plan.key("x"), lambda plan: plan.person("x"), lambda plan: plan.backup("x")])
def test_an_unknown_name_is_bad_input(ask: Callable[[Plan], object]) -> None:
    with pytest.raises(BadInput, match="plan-names-nothing"):
        ask(load_plan(SAMPLES / "first.toml"))


def test_a_missing_role_is_bad_input() -> None:
    data = sample()
    data["people"][0]["roles"] = ["controller"]
    with pytest.raises(BadInput, match="administrator"):
        _ = parse_plan(toml(data)).administrator


def put(*path: str | int, to: Any) -> Change:
    """A change that sets what lies at `path`."""

    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = to

    return change


def drop(*path: str | int) -> Change:
    """A change that removes what lies at `path`."""

    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        del data[path[-1]]

    return change


BROKEN: list[tuple[Change, str, str, str]] = [
    (put("version", to=2), "version", "not-allowed", "must be 1"),
    (put("version", to=True), "version", "not-allowed", "must be 1"),
    (drop("version"), "version", "missing", "Add the field version: 1"),
    (drop("title"), "title", "missing", "Add the field title"),
    (put("title", to=""), "title", "not-allowed", "1 to 160 characters"),
    (put("title", to="x" * 161), "title", "not-allowed", "1 to 160 characters"),
    (put("title", to=5), "title", "not-allowed", "in quotes"),
    (put("kind", to="generat"), "kind", "not-allowed", 'Did you mean "generate"?'),
    (put("kind", to="backup"), "kind", "not-allowed", '"reshare"'),
    (put("environment", to=["production"]), "environment", "not-allowed", '"staging"'),
    (put("module", to="/usr/lib/token.so"), "module", "unknown", "the fields here are"),
    (put("approvall", to=1), "approvall", "unknown", "the fields here are"),
    (put("approval", to="CISO"), "approval", "not-allowed", "a table with by, reference, date"),
    (put("approval", "date", to="2026-11-20"), "approval.date", "not-allowed", "without quotes"),
    (put("approval", "date", to=datetime.datetime(2026, 11, 20, 9, 0)), "approval.date", "not-allowed", "without a time"),  # noqa: DTZ001
    (put("approval", "pin", to="1234"), "approval.pin", "unknown", "the fields here are: by, reference, date"),
    (put("people", to={}), "people", "not-allowed", "a list"),
    (put("people", 0, to="Adaeze"), "people[0]", "not-allowed", "a table with name, roles"),
    (put("people", 0, "roles", to=[]), "people[0].roles", "not-allowed", "one or more roles"),
    (put("people", 0, "roles", to="administrator"), "people[0].roles", "not-allowed", "a list"),
    (put("people", 0, "roles", 0, to="pinholder"), "people[0].roles[0]", "not-allowed", 'Did you mean "pin-holder"?'),
    (put("people", 0, "name", to="Ada\u202eeze"), "people[0].name", "unfit-text", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
    (put("people", 0, "name", to="Ada\neze"), "people[0].name", "unfit-text", "U+000A"),
    (put("people", 0, "name", to="Ada\x00eze"), "people[0].name", "unfit-text", "U+0000"),
    (put("people", 0, "name", to="Ada\u00a0Okafor"), "people[0].name", "unfit-text", "NO-BREAK SPACE"),
    (put("people", 0, "name", to="Ada\u200bOkafor"), "people[0].name", "unfit-text", "ZERO WIDTH SPACE"),
    (put("people", 0, "name", to="\u200c \u200d"), "people[0].name", "unfit-text", "ZERO WIDTH"),
    (put("people", 0, "name", to="Ada "), "people[0].name", "unfit-text", "Remove the space"),
    (put("keys", 1, "algorithm", to="AES-265"), "keys[1].algorithm", "not-allowed", 'Did you mean "AES-256"?'),
    (put("keys", 1, "algorithm", to="aes256"), "keys[1].algorithm", "not-allowed", 'Did you mean "AES-256"?'),
    (put("keys", 1, "purpose", to=["sign", "decrypt"]), "keys[1].purpose", "not-allowed", 'one of "encrypt"'),
    (put("keys", 1, "label", to="Payments"), "keys[1].label", "not-allowed", "lower-case letters"),
    (put("keys", 1, "label", to="../escape"), "keys[1].label", "not-allowed", "lower-case letters"),
    (put("keys", 1, "label", to="x" * 33), "keys[1].label", "not-allowed", "lower-case letters"),
    (put("keys", 1, "label", to="x\n"), "keys[1].label", "unfit-text", "U+000A"),
    (put("keys", 1, "rotate_after_days", to="365"), "keys[1].rotate_after_days", "not-allowed", "without quotes"),
    (put("keys", 1, "rotate_after_days", to=0), "keys[1].rotate_after_days", "not-allowed", "1 to 36500"),
    (put("keys", 1, "rotate_after_days", to=1.5), "keys[1].rotate_after_days", "not-allowed", "whole number"),
    (drop("keys", 1, "purpose"), "keys[1].purpose", "missing", "Add the field purpose: one of"),
    (drop("keys"), "keys", "missing", "Add the field keys"),
    (put("backups", 0, "threshold", to=True), "backups[0].threshold", "not-allowed", "is true"),
    (put("backups", 0, "threshold", to=0), "backups[0].threshold", "not-allowed", "at least 1"),
    (put("backups", 0, "keys", to=[]), "backups[0].keys", "not-allowed", "one or more key labels"),
    (drop("backups", 0, "custodians", 2, "place"), "backups[0].custodians[2].place", "missing", "Wanjiru Kamau"),
    (put("exports", 0, "resource", to="key; rm -rf /"), "exports[0].resource", "not-allowed", "provider's name"),
    (put("exports", 0, "resource", to="-o"), "exports[0].resource", "not-allowed", "provider's name"),
    (put("exports", 0, "destination", to="AWS"), "exports[0].destination", "not-allowed", 'Did you mean "aws"?'),
    (put("exports", 0, "prefer", to="token"), "exports[0].prefer", "not-allowed", '"in-token"'),
]


@pytest.mark.parametrize(("change", "field", "code", "words"), BROKEN)
def test_a_mistake_is_named_with_the_way_out(change: Change, field: str, code: str, words: str) -> None:
    data = sample()
    change(data)
    error = refused(toml(data))
    assert [(problem.field, problem.code) for problem in error.problems] == [(field, code)]
    assert words in str(error.problems[0])
    assert field in str(error)
    assert (error.code, error.exit_status) == ("plan-refused", 2)


def test_a_slip_of_the_pen_is_one_problem() -> None:
    data = sample()
    data["backups"][0]["treshold"] = data["backups"][0].pop("threshold")
    error = refused(toml(data))
    assert [(problem.field, problem.code) for problem in error.problems] == [("backups[0].treshold", "unknown")]
    assert "Did you mean threshold?" in str(error)


def test_all_mistakes_are_told_at_once() -> None:
    data = sample()
    data["version"] = 9
    del data["title"]
    data["keys"][2]["algorithm"] = "DES"
    data["backups"][1]["custodians"][0]["shelf"] = 3
    assert set(found(toml(data))) == {
        ("version", "not-allowed"),
        ("title", "missing"),
        ("keys[2].algorithm", "not-allowed"),
        ("backups[1].custodians[0].shelf", "unknown"),
    }


def test_many_mistakes_do_not_fill_the_screen() -> None:
    error = refused(b"".join(b"strange-%d = 1\n" % number for number in range(500)))
    assert len(error.problems) == 507
    assert "And 487 more." in str(error)
    assert len(str(error)) < 5000


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "missing", "version is missing"),
        (b'version = 1\ntitle = "x\nkind = 1\n', "syntax", "line 2, column"),
        (b"version = 1\nversion = 1\n", "syntax", "line 2, column"),
        (b"version = [1", "syntax", "end of document"),
        (b'version = 1\ntitle = "a\x00b"\n', "syntax", "line 2, column"),
        (b"a = " + b"[" * 100_000, "syntax", "nested too deeply"),
        (b"a = " + b"9" * 5000, "syntax", "not TOML"),
        (b"version = 0x" + b"f" * 50_000, "not-allowed", "beyond 64 bits"),
        (b"version = 1\n# caf\xe9\n", "encoding", "line 2"),
        (b"\xef\xbb\xbfversion = 1\n", "encoding", "byte order mark"),
        ("version = 1\n# a\u202eb\n".encode(), "unfit-text", "line 2, column 4"),
        (b"# " + b"x" * MAX_BYTES, "too-large", "262144"),
        (b'"\\u001b[31m" = 1', "unknown", '"\\u001b[31m"'),
    ],
)
def test_what_is_no_plan_at_all_is_refused(data: bytes, code: str, words: str) -> None:
    error = refused(data)
    assert code in {problem.code for problem in error.problems}
    assert words in str(error)
    assert "\x1b" not in str(error)


def test_a_file_of_the_largest_size_is_still_read() -> None:
    data = (SAMPLES / "first.toml").read_bytes()
    assert parse_plan(data + b"#" * (MAX_BYTES - len(data))) == parse_plan(data)


def test_names_typed_on_another_system_compare_equal() -> None:
    data = (SAMPLES / "bank.toml").read_text("utf-8")
    decomposed = unicodedata.normalize("NFD", data)
    assert decomposed != data
    assert parse_plan(decomposed.encode()) == parse_plan(data.encode())


def test_joiners_are_part_of_some_names() -> None:
    data = sample()
    data["people"][0]["name"] = "مهدی\u200cزاده"
    assert parse_plan(toml(data)).people[0].name == "مهدی\u200cزاده"


def test_the_digest_is_over_the_exact_bytes(tmp_path: Path) -> None:
    data = (SAMPLES / "first.toml").read_bytes()
    crlf = data.replace(b"\n", b"\r\n")
    (tmp_path / "plan.toml").write_bytes(crlf)
    assert read_plan(tmp_path / "plan.toml") == crlf
    assert load_plan(tmp_path / "plan.toml") == parse_plan(data)
    assert plan_digest(crlf) == hashlib.sha256(crlf).hexdigest() != plan_digest(data)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in [
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "not an ordinary file"),
        (tmp_path / "pipe", "not an ordinary file"),
        (tmp_path / ("x" * 300), "File name too long"),
        (tmp_path / "a\x00b", "name is not usable"),
    ]:
        with pytest.raises(PlanRefused, match="plan-refused") as caught:
            load_plan(path)
        assert caught.value.problems[0].code == "unreadable"
        assert words in str(caught.value)


# --- properties -----------------------------------------------------------------------------------------------------------------------

Path_ = tuple[str | int, ...]
OPTIONAL = {"organisation", "deputy", "prefer", "backups", "exports"}


def all_paths(value: Any, prefix: Path_ = ()) -> list[Path_]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path for key, item in items for path in [(*prefix, key), *all_paths(item, (*prefix, key))]]


def spelled(path: Path_) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


PATHS = all_paths(sample())
NAMED_PATHS = [path for path in PATHS if isinstance(path[-1], str)]
REQUIRED_PATHS = [path for path in NAMED_PATHS if path[-1] not in OPTIONAL]
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.5),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.dates(),
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)


def test_every_dropped_field_is_named() -> None:
    for path in REQUIRED_PATHS:
        data = sample()
        drop(*path)(data)
        assert (spelled(path), "missing") in found(toml(data))


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(NAMED_PATHS), extra=st.sampled_from(["s", "_", "-2", "X"]))
def test_a_renamed_field_is_named(path: Path_, extra: str) -> None:
    data = sample()
    parent: Any = data
    for step in path[:-1]:
        parent = parent[step]
    parent[f"{path[-1]}{extra}"] = parent.pop(path[-1])
    problems = refused(toml(data)).problems
    assert [problem.field for problem in problems if problem.code == "unknown"] == [spelled((*path[:-1], f"{path[-1]}{extra}"))]
    assert any(str(path[-1]) in str(problem) for problem in problems)


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(PATHS), other=ANYTHING)
def test_a_value_of_another_type_is_named(path: Path_, other: Any) -> None:
    data = sample()
    before: Any = data
    for step in path:
        before = before[step]
    if type(other) is type(before):
        other = [other] if not isinstance(before, list) else 7
    put(*path, to=other)(data)
    assert spelled(path) in {field for field, _ in found(toml(data))}


@settings(max_examples=200, deadline=None)
@given(path=st.sampled_from(PATHS), other=ANYTHING)
def test_whatever_stands_anywhere_gives_a_plan_or_a_refusal(path: Path_, other: Any) -> None:
    data = sample()
    put(*path, to=other)(data)
    written = toml(data)
    tomllib.loads(written.decode())  # the test's own writer must not be what is refused
    try:
        assert isinstance(parse_plan(written), Plan)
    except PlanRefused as error:
        assert error.problems
        assert str(error).isprintable()


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_refused_without_a_traceback(data: bytes) -> None:
    assert refused(data).problems


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_damaged_file_gives_a_plan_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray((SAMPLES / "first.toml").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(parse_plan(bytes(whole)), Plan)
    except PlanRefused as error:
        assert error.problems
