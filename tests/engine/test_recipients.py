"""Recipients that ran out: found before any key and before wrapping, replaced by one that is accepted anew."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ceremony_app.audit.folder import audit_folder
from ceremony_app.clouds.fingerprint import fingerprint_groups
from ceremony_app.engine.driver import Driver
from ceremony_app.engine.engine import Engine, Setting
from ceremony_app.engine.steps.recipients import AcceptRecipient, asked_groups, read_recipient
from ceremony_app.errors import BadInput
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


def test_groups_are_drawn_after_the_wrapping_key_arrived(tmp_path: Path) -> None:
    """The same key is asked for other groups in another ceremony, and other groups than those asked for are not enough."""
    module = practice_module()
    head, *exports = resource("samples/first.toml").read_text().split("[[exports]]")
    plan = "[[exports]]".join([head, exports[0]]).encode()
    asked: list[tuple[int, ...]] = []
    for number in range(3):
        inputs = tmp_path / "inputs" if number else None
        setting = Setting(out=tmp_path / str(number), module=module, practice_module=module, inputs=inputs)
        with Engine.begin(setting, plan) as engine:
            driver = Driver(engine, second_machine=second_machine)
            while engine.step is None or engine.step.id != "recipients":
                driver.take_next()
            (export,) = engine.plan.exports
            recipient = read_recipient(engine, export)
            asked.append(asked_groups(engine.state, recipient))
            if not number:
                shutil.copytree(tmp_path / "0" / "inputs", tmp_path / "inputs")
                continue
            (offer,) = (one for one in engine.offers if one.action is AcceptRecipient)
            shown = fingerprint_groups(recipient.spki_sha256)
            others = [place for place in range(1, 17) if place not in asked[-1]][:4]
            before = engine.state.entries
            typed = tuple(f"{place}:{shown[place - 1]}" for place in others)
            with pytest.raises(BadInput, match="fingerprint-groups-asked"):
                engine.take(offer, {"typed": typed, "channel": "paper", "by": "Ingrid Solheim"})
            assert engine.state.entries == before
    assert len(set(asked)) > 1
