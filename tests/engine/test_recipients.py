"""Recipients that ran out: found before any key and before wrapping, replaced by one that is accepted anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ceremony_app.audit.folder import audit_folder
from ceremony_app.clouds.fingerprint import FEWEST_GROUPS, fingerprint_groups
from ceremony_app.engine.driver import Driver
from ceremony_app.engine.engine import Engine, Setting
from ceremony_app.engine.steps.gate import OpenGate
from ceremony_app.engine.steps.recipients import AcceptRecipient, read_recipient
from ceremony_app.errors import CeremonyError, DoesNotHold
from ceremony_app.record import facts as f
from ceremony_app.resource import resource
from ceremony_app.settings import practice_module


def second_machine(folder: Path, head: str, fingerprint: str) -> int:
    report = audit_folder(folder, head=head, signers=[fingerprint])
    report.require()
    return len(report.checks)


@pytest.mark.parametrize("title", ["Keys", "Wrap for the clouds"])
def test_a_recipient_that_ran_out_is_replaced_before_it_matters(tmp_path: Path, title: str) -> None:
    module = practice_module()
    head, *exports = resource("samples/first.toml").read_text().split("[[exports]]")
    plan = "[[exports]]".join([head, exports[0]]).encode()
    with Engine.begin(Setting(out=tmp_path, module=module, practice_module=module), plan) as engine:

        def at_step(line: str, name: str) -> None:
            del line
            if name == title:
                (parameters,) = tmp_path.glob("inputs/aws/*/parameters.json")
                answer = json.loads(parameters.read_text())
                answer["ParametersValidTo"] = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
                parameters.write_text(json.dumps(answer))

        Driver(engine, second_machine=second_machine, say=at_step).run()
        accepted = [fact for _, fact in engine.state.history.of(f.RecipientAccepted)]
        assert len(accepted) == 2
        assert accepted[0].spki_sha256 != accepted[1].spki_sha256
        (package,) = [fact for _, fact in engine.state.history.of(f.PackageWritten)]
        order = [type(fact) for _, fact in engine.state.history.rows]
        last = len(order) - 1 - order[::-1].index(f.RecipientAccepted)
        assert (last < order.index(f.KeyGenerationBegun)) == (title == "Keys")
        assert last < order.index(f.PackageBegun)
        confirmed = [fact for _, fact in engine.state.history.of(f.ImportConfirmed)]
        assert [fact.package_sha256 for fact in confirmed] == [package.package_sha256]


def test_groups_are_drawn_when_they_are_asked_and_every_wrong_try_is_a_fact(tmp_path: Path) -> None:
    module = practice_module()
    head, *exports = resource("samples/first.toml").read_text().split("[[exports]]")
    plan = "[[exports]]".join([head, exports[0]]).encode()
    with Engine.begin(Setting(out=tmp_path, module=module, practice_module=module), plan) as engine:
        driver = Driver(engine, second_machine=second_machine)
        while engine.step is None or engine.step.id != "recipients":
            driver.take_next()
        asked: set[tuple[int, ...]] = set()
        right = fingerprint_groups(read_recipient(engine, engine.plan.exports[0]).spki_sha256)
        for number in range(4):
            (offer,) = (one for one in engine.offers if one.action is AcceptRecipient)
            places = offer.given["places"]
            assert len(places) == FEWEST_GROUPS
            asked.add(places)
            typed = [f"{place}:{right[place - 1]}" for place in places]
            typed[number] = f"{places[number]}:{'0' * 4 if right[places[number] - 1] != '0' * 4 else '1' * 4}"
            with pytest.raises(DoesNotHold, match="recipient-fingerprint-differs") as caught:
                driver.take(offer, {"typed": tuple(typed)})
            assert right[places[number] - 1] not in str(caught.value), "the refusal does not say what should have been typed"
            assert len(engine.state.history.of(f.RecipientRefused)) == number + 1
        assert len(asked) > 1
        driver.take_next()
        assert engine.state.history.of(f.RecipientAccepted)


def test_nobody_is_swapped_in_after_the_gate_was_opened(tmp_path: Path) -> None:
    """A recipient accepted anew closes the gate; without the witness's code none is accepted at all."""
    module = practice_module()
    head, *exports = resource("samples/first.toml").read_text().split("[[exports]]")
    plan = "[[exports]]".join([head, exports[0]]).encode()
    with Engine.begin(Setting(out=tmp_path, module=module, practice_module=module), plan) as engine:
        driver = Driver(engine, second_machine=second_machine)
        while "wrap" not in engine.state.seats.gates:
            driver.take_next()
        (offer,) = (one for one in engine.offers if one.action is AcceptRecipient)
        wrong = tmp_path / "code"
        wrong.write_bytes(b"operator123")
        with pytest.raises(CeremonyError, match="witness-code-differs"):
            driver.take(offer, {}, {"witness-code": wrong})
        (offer,) = (one for one in engine.offers if one.action is AcceptRecipient)
        driver.take(offer, {})
        assert "wrap" not in engine.state.seats.gates
        assert engine.offers[0].action is OpenGate
