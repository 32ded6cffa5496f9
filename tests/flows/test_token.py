"""The token step: mailers that are spoiled, a library that cannot be loaded."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ceremony_app.engine import anytime
from ceremony_app.engine.steps import abort, token
from ceremony_app.errors import CeremonyError
from ceremony_app.record import facts as f
from tests.flows.stage import SMALL, Stage, play, take, told, verify


def test_spoiled_mailer_before_its_half_was_typed(stage: Stage) -> None:
    """Who cannot read a mailer cannot prove its half: new PINs are offered beside the halves."""
    with stage.begin(SMALL) as engine:
        play(engine, token.ProvePinHalf)
        take(engine, token.ProvePinHalf, role="user", half="A")
        old = (stage.places.practice / "secrets" / "pin-user-A").read_bytes()
        take(engine, token.MakePins)
        with pytest.raises(CeremonyError) as caught:
            take(engine, token.ProvePinHalf, role="user", half="A", secrets={"pin-half": bytearray(old)})
        assert caught.value.code == "pin-half-other"
        play(engine, token.InitialiseToken)
        take(engine, token.MakePins)
        play(engine, token.TakeCensus)
        assert [one.attempt for one in told(engine.state, f.PinMailersMade)] == [1, 2, 3]


def test_pins_are_not_replaced_once_the_token_may_have_them(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, token.InitialiseToken)
        engine.watch = lambda: engine.kill() if engine.state.token.begun else None
        with pytest.raises(CeremonyError):
            take(engine, token.InitialiseToken)
        engine.watch = lambda: None
        assert token.MakePins not in [offer.action for offer in engine.offers]
        play(engine, "keys")


def test_library_that_cannot_be_loaded_is_named_each_time(stage: Stage, tmp_path: Path) -> None:
    library = tmp_path / "vendor.so"
    library.write_bytes(b"not a library")
    stage.setting = msgspec.structs.replace(stage.setting, module=str(library))
    with stage.begin(SMALL) as engine:
        play(engine, "token")
        entries = engine.state.entries
        codes = set()
        for _ in range(2):
            with pytest.raises(CeremonyError) as caught:
                take(engine, token.MakePins)
            codes.add(caught.value.code)
            assert caught.value.exit_status == 3
        assert codes == {"module-unusable"}
        assert engine.state.entries == entries


def test_removal_that_is_in_doubt_can_be_repeated(stage: Stage) -> None:
    with stage.begin(SMALL) as engine:
        play(engine, "backups")
        take(engine, anytime.Abort, by="Adaeze Okafor", reason="alarm")
        play(engine, abort.ConfirmRemoval)
        take(engine, abort.RemoveKey, label="root-kek")
        play(engine)
        state = verify(stage, engine)
    assert [key.phase for key in state.keys.by_label.values()] == ["destroyed", "destroyed"]
