"""The hold: receipts, refusals, open items."""

from __future__ import annotations

import datetime
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ceremony_app.engine.engine import Engine
from ceremony_app.engine.steps import hold, recipients, wrap
from ceremony_app.errors import CeremonyError
from ceremony_app.record import facts as f
from tests.clouds.handouts import parameters, private_key, put, spki
from tests.flows.stage import SHIPPED, Stage, find, play, staged, take, told, verify

EXPORT = {"key": "root-kek", "destination": "aws"}


@pytest.fixture
def handed_out(tmp_path: Path) -> Path:
    """Inputs as a provider hands them out, without receipts: those of another rehearsal's practice cloud."""
    with staged(tmp_path / "cloud") as other, other.begin(SHIPPED) as engine:
        play(engine, recipients.AcceptRecipient)
        take(engine, recipients.AcceptRecipient)
    return other.places.handed_out


@pytest.fixture
def offline(tmp_path: Path, handed_out: Path) -> Iterator[Stage]:
    with staged(tmp_path / "out", inputs=handed_out) as stage:
        yield stage


def _receipt(engine: Engine, stage: Stage, **changes: object) -> Path:
    """What the importer's script writes, with some fields changed."""
    package = next((stage.places.evidence / "exports").rglob("package.json"))
    written = msgspec.json.decode(package.read_bytes())
    row = next(iter(engine.state.shipments.by_target.values()))
    assert row.package is not None
    made = engine.state.keys.by_label["root-kek"].made
    assert made is not None
    receipt = {
        "version": 1,
        "ceremony_id": written["ceremony_id"],
        "package_sha256": row.package.package_sha256,
        "resource": written["resource"],
        "imported_at": engine.now(),
        "by": "cloud engineer",
        "provider": {},
        "proof": {"type": "practice-check-value", "value": made.check_value},
        **changes,
    }
    inputs = stage.setting.inputs
    assert inputs is not None
    target = inputs / "aws" / "root-kek" / "receipt.json"
    target.write_bytes(msgspec.json.encode(receipt))
    return target


def test_no_receipt_is_an_open_item(offline: Stage) -> None:
    with offline.begin(SHIPPED) as engine:
        play(engine, hold.TakeReceipt)
        entries = engine.state.entries
        with pytest.raises(CeremonyError) as caught:
            take(engine, hold.TakeReceipt)
        assert caught.value.code == "receipt-missing"
        assert "receipt.json" in str(caught.value)
        assert engine.state.entries == entries
        take(engine, hold.EndHold)
        play(engine)
        state = verify(offline, engine)
    (ended,) = told(state, f.HoldEnded)
    assert state.course.closed is not None
    assert state.course.closed.open_items == (f"import not confirmed: {ended.open_items[0]}",)
    assert not told(state, f.KeySealed)
    assert state.keys.by_label["root-kek"].sealed is False
    assert not [row for row in state.copies.rows.values() if row.kind == "cloud key"]


def test_receipts_are_held_against_package_and_key(offline: Stage) -> None:
    with offline.begin(SHIPPED) as engine:
        play(engine, hold.TakeReceipt)
        log = offline.places.record.read_bytes()
        wrong: list[dict[str, object]] = [
            {"package_sha256": "0" * 64},
            {"ceremony_id": "20200101-AAAAAAAA"},
            {"resource": "arn:aws:kms:eu-west-1:111122223333:key/other"},
            {"proof": {"type": "practice-check-value", "value": "0000000000"}},
            {"proof": {"type": "none", "value": ""}},
            {"version": 2},
        ]
        for changes in wrong:
            _receipt(engine, offline, **changes)
            with pytest.raises(CeremonyError):
                take(engine, hold.TakeReceipt)
        assert offline.places.record.read_bytes() == log
        _receipt(engine, offline)
        play(engine)
        state = verify(offline, engine)
    (confirmed,) = told(state, f.ImportConfirmed)
    assert (confirmed.equal, confirmed.decision) == (True, "")
    assert state.keys.by_label["root-kek"].sealed


def test_where_no_proof_exists_people_decide(tmp_path: Path) -> None:
    """A real wrapping key of AWS, which proves nothing of an imported AES key."""
    folder = tmp_path / "inputs" / "aws" / "root-kek"
    folder.mkdir(parents=True)
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=20)
    resource = next(line.split('"')[1] for line in SHIPPED.decode().splitlines() if line.startswith("resource"))
    put(folder, parameters(KeyId=resource, ParametersValidTo=until.isoformat()), "RSAES_OAEP_SHA_256")
    digest = hashlib.sha256(spki(private_key())).hexdigest()
    (folder / "fingerprint.txt").write_text(digest)
    with staged(tmp_path / "out", inputs=tmp_path / "inputs") as stage, stage.begin(SHIPPED) as engine:
        play(engine, recipients.AcceptRecipient)
        groups = tuple(f"{place}:{digest[4 * place - 4 : 4 * place]}" for place in range(1, 17))
        for wrong in (("1:ffff", *groups[1:]), groups[:3], ("17:0000", *groups[:4]), ("x",)):
            with pytest.raises(CeremonyError):
                take(engine, recipients.AcceptRecipient, typed=wrong)
        assert told(engine.state, f.RecipientRefused), "each try is in the record"
        asked = find(engine, recipients.AcceptRecipient).given["places"]
        with pytest.raises(CeremonyError) as others:
            take(engine, recipients.AcceptRecipient, typed=tuple(one for at, one in enumerate(groups, 1) if at != asked[0]))
        assert others.value.code == "fingerprint-groups-asked"
        take(engine, recipients.AcceptRecipient)
        play(engine, hold.TakeReceipt)
        _receipt(engine, stage, proof={"type": "none", "value": ""})
        log = stage.places.record.read_bytes()
        with pytest.raises(CeremonyError) as caught:
            take(engine, hold.TakeReceipt)
        assert caught.value.code == "decision-missing"
        assert stage.places.record.read_bytes() == log
        take(engine, hold.TakeReceipt, decision="We saw KeyState Enabled and the key's ARN in the console, and count it as imported.")
        play(engine)
        state = verify(stage, engine)
    (confirmed,) = told(state, f.ImportConfirmed)
    assert (confirmed.equal, confirmed.proof) == (False, "none")
    assert confirmed.decision.startswith("We saw")
    assert state.keys.by_label["root-kek"].sealed


def test_refused_package_is_wrapped_anew(stage: Stage) -> None:
    with stage.begin(SHIPPED) as engine:
        play(engine, hold.TakeReceipt)
        assert not engine.state.token.is_open
        old = told(engine.state, f.RecipientAccepted)[0]
        take(engine, hold.ReportRefusal, reason="IncorrectKeyMaterialException", by="Jonas Weber")
        assert engine.step is not None
        assert engine.step.id == "hold"
        assert find(engine, recipients.AcceptRecipient).given["key"] == "root-kek"
        assert find(engine, hold.EndHold)
        shutil.rmtree(stage.places.handed_out)
        take(engine, recipients.AcceptRecipient)
        play(engine, wrap.WrapExport)
        play(engine)
        state = verify(stage, engine)
    assert told(state, f.RecipientAccepted)[1].spki_sha256 != old.spki_sha256
    assert [one.attempt for one in told(state, f.PackageSigned)] == [1, 2]
    assert len({one.package_sha256 for one in told(state, f.PackageWritten)}) == 2
    (confirmed,) = told(state, f.ImportConfirmed)
    assert confirmed.package_sha256 == told(state, f.PackageWritten)[1].package_sha256
    assert state.keys.by_label["root-kek"].sealed


def test_refused_and_not_wrapped_again(stage: Stage) -> None:
    with stage.begin(SHIPPED) as engine:
        play(engine, hold.TakeReceipt)
        take(engine, hold.ReportRefusal, reason="the import token had expired", by="Jonas Weber")
        take(engine, hold.EndHold)
        play(engine)
        state = verify(stage, engine)
    assert state.course.closed is not None
    assert len(state.course.closed.open_items) == 1
    assert not state.keys.by_label["root-kek"].sealed
