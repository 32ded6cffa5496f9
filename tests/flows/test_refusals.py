"""What is refused: one clear error each, an intact record, and the right entry goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shamir_mnemonic.shamir import EncryptedMasterSecret, split_ems

from ceremony_app.engine import anytime
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.engine import Engine, Secret
from ceremony_app.engine.steps import bags, cards, closing, gate, goods, keys, opening, people, recovery, sealing, token
from ceremony_app.errors import BadInput, CeremonyError, DoesNotHold
from ceremony_app.record import facts as f
from ceremony_app.text import say
from tests.flows.stage import SMALL, Stage, find, play, staged, take, told, verify

Refuse = Callable[..., CeremonyError]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Engine]]:
    """One ceremony for the whole module: its tests go on where the one before stopped."""
    with staged(tmp_path_factory.mktemp("refusals") / "out") as stage, stage.begin(SMALL) as engine:
        yield stage, engine


@pytest.fixture
def stage_of(played: tuple[Stage, Engine]) -> Stage:
    return played[0]


@pytest.fixture
def engine(played: tuple[Stage, Engine]) -> Engine:
    return played[1]


@pytest.fixture
def refused(played: tuple[Stage, Engine]) -> Refuse:
    """Take an offer that must fail with this code: nothing is recorded, and three things are said."""
    stage, engine = played

    def attempt(code: str, action: type[Action], *, secrets: dict[str, Secret] | None = None, **fields: Any) -> CeremonyError:
        before, log = repr(engine.state), stage.places.record.read_bytes()
        with pytest.raises(CeremonyError) as caught:
            take(engine, action, secrets=secrets, **fields)
        assert caught.value.code == code
        assert stage.places.record.read_bytes() == log
        assert repr(engine.state) == before
        assert all(str(words).strip() for words in (caught.value.what, caught.value.stands, caught.value.next_step))
        return caught.value

    return attempt


def test_opening(engine: Engine, refused: Refuse) -> None:
    play(engine, opening.CompareClock)
    for garbage in ("", "half past nine", "2026-13-41 99:99", "2026-11-24"):
        refused("wall-time-unusable", opening.CompareClock, wall=garbage)
    offer = find(engine, opening.CompareClock)
    entries = engine.state.entries
    for answers, named in (
        ({"by": "Ingrid Solheim"}, "wall"),
        ({"wall": "2026-11-24 14:31", "by": "Ingrid Solheim", "colour": "red"}, "colour"),
        ({"wall": 7, "by": "Ingrid Solheim"}, "wall"),
    ):
        with pytest.raises(BadInput, match=named) as caught:
            engine.take(offer, answers)
        assert caught.value.code == "answer-unusable"
    assert engine.state.entries == entries
    play(engine, "record-key")
    with pytest.raises(BadInput) as caught:
        engine.take(offer, {"wall": "2026-11-24 14:31", "by": "Ingrid Solheim"})
    assert caught.value.code == "not-offered"


def test_head(engine: Engine, refused: Refuse) -> None:
    play(engine, opening.ReadHead)
    error = refused("groups-differ", opening.ReadHead, typed=("0000", "ffff", "0000", "ffff"))
    assert engine.head[:4] not in str(error), "the screen does not say what should have been typed"
    right = engine.head
    groups = [right[4 * i : 4 * i + 4] for i in range(16)]
    asked = find(engine, opening.ReadHead).given["places"]
    refused("groups-missing", opening.ReadHead, typed=tuple(groups[place - 1] for place in asked[:1]))
    stale = find(engine, opening.ReadHead)
    take(engine, anytime.Stop, by="Ingrid Solheim", reason="somebody coughed")
    with pytest.raises(BadInput) as caught:
        engine.take(stale, {"by": "Ingrid Solheim", "typed": tuple(groups[place - 1] for place in asked)})
    assert caught.value.code == "not-offered"
    take(engine, anytime.Continue, by="Adaeze Okafor", decided="water was brought")
    with pytest.raises(DoesNotHold) as moved:
        opening.ReadHead(point="record key record-1", head=right, places=asked, by="Ingrid Solheim", typed=()).perform(engine)
    assert moved.value.code == "head-moved"
    # spaces and capitals are how people type
    fresh = engine.head
    typed = tuple(f" {fresh[4 * place - 4 : 4 * place].upper()} " for place in find(engine, opening.ReadHead).given["places"])
    take(engine, opening.ReadHead, typed=typed)


def test_people(engine: Engine, refused: Refuse) -> None:
    play(engine, people.SignIn)
    refused("identity-by-oneself", people.SignIn, name="Jonas Weber", identity_seen_by="Jonas Weber")
    refused("deputy-unknown", anytime.SeatDeputy, absent="Jonas Weber", deputy="Noor Hashemi", reason="ill")
    refused("deputy-unknown", anytime.SeatDeputy, absent="Ingrid Solheim", deputy="Giorgos Pappas", reason="ill")
    play(engine, people.ChooseWitnessCode)
    offer = find(engine, people.ChooseWitnessCode)
    with pytest.raises(BadInput, match="witness-code") as caught:
        engine.take(offer, {}, {})
    assert caught.value.code == "secret-missing"
    refused("witness-code-short", people.ChooseWitnessCode, secrets={"witness-code": bytearray(b"1234567")})
    refused("deposit-unreadable", people.ChooseWitnessCode, secrets={"witness-code": Path("/nowhere/at/all")})


def test_goods(engine: Engine, refused: Refuse) -> None:
    play(engine, "goods")
    refused("number-twice", goods.CountGoods, item="tamper-evident bags", count=2, numbers=("TEB-0101", "TEB-0101"))
    refused("answer-unusable", goods.CountGoods, item="blank sheets", count=-1)
    refused("answer-unusable", goods.CountGoods, item="blank sheets", count="many")


def test_pin_halves(engine: Engine, stage_of: Stage, refused: Refuse) -> None:
    play(engine, token.ProvePinHalf)
    mailers = stage_of.places.practice / "secrets"
    half = bytearray((mailers / "pin-user-A").read_bytes())
    half[3] = ord("A") if half[3] != ord("A") else ord("B")
    refused("pin-half-mistyped", token.ProvePinHalf, role="user", half="A", secrets={"pin-half": half})
    refused("pin-half-mistyped", token.ProvePinHalf, role="user", half="A", secrets={"pin-half": bytearray(b"short")})
    refused("pin-half-other", token.ProvePinHalf, role="user", half="A", secrets={"pin-half": mailers / "pin-user-B"})
    refused("pin-half-other", token.ProvePinHalf, role="user", half="A", secrets={"pin-half": mailers / "pin-so-A"})


def test_gate(engine: Engine) -> None:
    """Every wrong try stays locked, and is a fact."""
    play(engine, gate.OpenGate)
    tries: list[tuple[str, dict[str, Any], dict[str, Secret]]] = [
        ("witness-code-differs", {}, {"witness-code": bytearray(b"not the code")}),
        ("groups-differ", {"typed": ("0000", "0000", "0000", "0000")}, {}),
        ("groups-missing", {"typed": ()}, {}),
    ]
    for code, fields, secrets in tries:
        with pytest.raises(CeremonyError) as caught:
            take(engine, gate.OpenGate, secrets=secrets, **fields)
        assert caught.value.code == code
        assert told(engine.state, f.GateRefused)[-1].reason == code
        assert not engine.state.seats.gates


def test_gate_is_a_witness_matter(engine: Engine, refused: Refuse) -> None:
    play(engine, gate.OpenGate)
    refused("gate-locked", gate.OpenGate, witness="Jonas Weber")


def test_proof_words(engine: Engine, refused: Refuse) -> None:
    play(engine, keys.ProveKey)
    refused("answer-unusable", keys.ProveKey, words="")
    refused("answer-unusable", keys.ProveKey, words="x" * 65)
    refused("answer-unusable", keys.ProveKey, words="line\nfeed")


def _card(stage: Stage, number: int) -> list[str]:
    return (stage.places.practice / "cards" / f"root-{number}.txt").read_text().split()


def _typed(words: list[str]) -> dict[str, Secret]:
    return {"card": bytearray(" ".join(words).encode())}


def _foreign(identifier: int) -> list[str]:
    """A well-formed card 1 of 2-of-3 that this ceremony did not make."""
    secret = EncryptedMasterSecret.from_master_secret(bytes(range(32)), b"", identifier, False, 1)
    return str(split_ems(1, [(2, 3)], secret)[0][0].mnemonic()).split()


def test_cards(engine: Engine, stage_of: Stage, refused: Refuse) -> None:
    play(engine, cards.ProveCard)
    made = engine.state.sets.all[0].made
    words = _card(stage_of, 1)
    other = "academic" if words[20] != "academic" else "acid"
    mistyped = refused("card-checksum", cards.ProveCard, secrets=_typed([*words[:20], other, *words[21:]]))
    assert not any(word in str(mistyped).split() for word in (*words[4:], other))
    refused("card-word-unknown", cards.ProveCard, secrets=_typed([*words[:20], "zzzz", *words[21:]]))
    refused("card-length", cards.ProveCard, secrets=_typed(words[:-1]))
    refused("card-unreadable", cards.ProveCard, secrets={"card": bytearray(b"\x00\xff\x00")})
    refused("card-other-set", cards.ProveCard, secrets=_typed(_foreign(made.identifier ^ 1)))
    refused("card-forged", cards.ProveCard, secrets=_typed(_foreign(made.identifier)))
    take(engine, cards.ProveCard)
    play(engine, cards.ProveCard)
    refused("card-other-number", cards.ProveCard, number=2, secrets=_typed(words))


def test_draw(engine: Engine, stage_of: Stage, refused: Refuse) -> None:
    play(engine, recovery.DrawCards)
    for numbers in ((1,), (1, 1), (0, 1), (3, 4), (1, 2, 3), ()):
        refused("cards-drawn", recovery.DrawCards, numbers=numbers)
    take(engine, recovery.DrawCards, numbers=(3, 1))
    log = stage_of.places.record.read_bytes().count(b"\n")
    with pytest.raises(CeremonyError) as caught:
        take(engine, recovery.EnterCard, number=1, secrets=_typed(_card(stage_of, 2)))
    assert caught.value.code == "card-other-number"
    with pytest.raises(CeremonyError) as caught:
        take(engine, recovery.EnterCard, number=1, secrets=_typed(_card(stage_of, 3)))
    assert caught.value.code == "card-other-number"
    # the new process is all that was recorded
    assert stage_of.places.record.read_bytes().count(b"\n") == log + 1
    play(engine, "bags")
    assert engine.state.sets.all[0].rehearsed is not None


def test_bags(engine: Engine, refused: Refuse) -> None:
    refused("bag-typed-differently", bags.SealCard, bag="TEB-0101", bag_again="TEB-0110")
    take(engine, bags.SealCard, bag="TEB-0101 ", bag_again=" TEB-0101")
    refused("bag-used", bags.SealCard, bag="TEB-0101", bag_again="TEB-0101")
    refused("answer-unusable", bags.SealCard, bag="", bag_again="")


def test_closing(engine: Engine, stage_of: Stage, refused: Refuse) -> None:
    play(engine, "deviations")
    refused("deviations-differ", closing.AgreeDeviations, count=1)
    play(engine, closing.SealBag)
    refused("bag-used", closing.SealBag, item="token", number="TEB-0101", number_again="TEB-0101")
    play(engine, "statements")
    refused("reason-missing", closing.MakeStatement, name="Elif Demir", agrees=False, reason="  ")
    take(engine, closing.MakeStatement, name="Elif Demir", agrees=False, reason="I was called away while card 2 was printed.")
    play(engine, sealing.CheckFolder)
    refused("answer-unusable", sealing.CheckFolder, checks=0)


def test_second_machine(engine: Engine, stage_of: Stage) -> None:
    log = stage_of.places.addendum(1).read_bytes()
    with pytest.raises(DoesNotHold) as caught:
        take(engine, sealing.CheckFolder, head="0" * 64)
    assert caught.value.code == "head-differs"
    assert stage_of.places.addendum(1).read_bytes() == log
    # what the second machine says is heard
    paper = stage_of.places.evidence / "READ-FIRST.pdf"
    whole = paper.read_bytes()
    paper.write_bytes(whole[:-1] + b"X")
    with pytest.raises(DoesNotHold) as changed:
        take(engine, sealing.CheckFolder)
    assert changed.value.code == "folder-does-not-hold"
    paper.write_bytes(whole)
    play(engine)
    state = verify(stage_of, engine)
    assert state.course.closed is not None
    assert state.course.closed.open_items == ("does not agree: Elif Demir",)
    assert engine.offers == ()


def test_offer_is_compared_whole(engine: Engine) -> None:
    """An offer that somebody made up is not on offer."""
    offer = Offer(sealing.EndCeremony, say("Wipe the record token"))
    with pytest.raises(BadInput) as caught:
        engine.take(offer, {})
    assert caught.value.code == "not-offered"
