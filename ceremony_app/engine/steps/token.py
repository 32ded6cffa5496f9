"""The key token: PIN mailers, initialising, logging in, census."""

from __future__ import annotations

from ceremony_app.engine import rules
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.step import Step
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say

USER_HALVES = (("user", "A"), ("user", "B"))
ALL_HALVES = (*USER_HALVES, ("so", "A"), ("so", "B"))


def token_label(state: State) -> str:
    """The token's label: a rehearsal's says so. At most 32 characters (PKCS#11 v3.1, 5.5.7)."""
    ending = state.course.ceremony_id[-8:]
    return f"REHEARSAL {ending}" if state.course.rehearsal else f"CEREMONY {ending}"


def holders(state: State, plan: Plan) -> tuple[str, str]:
    """Who hold the A and the B halves, deputies included."""
    first, second = (state.seats.who(person.name) for person in plan.pin_holders[:2])
    return first, second


class MakePins(Action):
    """Make user and SO PIN in two halves each, and print their mailers."""

    def perform(self, desk: Desk) -> None:
        attempt = desk.state.token.mailers_begun + 1
        pair = holders(desk.state, desk.plan)
        # The library is loaded before anything is said to have begun.
        desk.call(RoomName.KEYS, p.FindToken(label=token_label(desk.state)))
        desk.record(f.PinMailersBegun(attempt=attempt, holders=pair))
        made = desk.call(
            RoomName.KEYS,
            p.MakePins(
                ceremony_id=desk.places.ceremony_id,
                title=desk.plan.title,
                holders=pair,
                token_label=token_label(desk.state),
                token_serial="",
                attempt=attempt,
                organisation=desk.plan.organisation,
            ),
        )
        desk.record(
            f.PinMailersMade(
                attempt=attempt,
                holders=pair,
                mailers=tuple(f"{mailer.role} {mailer.half}" for mailer in made.mailers),
                characters=made.characters,
            )
        )


class ProvePinHalf(Action):
    """A holder types a half from the mailer; its check characters are examined before the token sees anything."""

    secrets = ("pin-half",)
    room = RoomName.KEYS
    role: str
    half: str
    by: str

    def perform(self, desk: Desk) -> None:
        desk.call(RoomName.KEYS, p.ProvePinHalf(role=self.role, half=self.half))
        desk.record(f.PinHalfProved(role=self.role, half=self.half, by=self.by))


class InitialiseToken(Action):
    """Initialise the token with the proved PINs, or adopt it where an interruption left it initialised."""

    def perform(self, desk: Desk) -> None:
        label = token_label(desk.state)
        again = desk.state.token.begun == label
        if not again:
            desk.record(f.TokenInitialisationBegun(label=label))
        seen = desk.call(RoomName.KEYS, p.FindToken(label=label))
        if again and seen.present and seen.user_pin_set:
            seen = desk.call(RoomName.KEYS, p.OpenToken(label=label, serial=seen.serial))
            desk.record(f.GapExplained(what="The token had been initialised before the interruption; its PINs opened it.", by=""))
        else:
            seen = desk.call(RoomName.KEYS, p.InitialiseToken(label=label))
        desk.record(
            f.TokenInitialised(
                label=seen.label, serial=seen.serial, manufacturer=seen.manufacturer, model=seen.model, firmware=seen.firmware
            )
        )


class OpenToken(Action):
    """Log in again with the user PIN's two halves."""

    def perform(self, desk: Desk) -> None:
        token = desk.state.token.initialised
        assert token is not None  # noqa: S101 (offered only after initialising)
        seen = desk.call(RoomName.KEYS, p.OpenToken(label=token.label, serial=token.serial))
        desk.record(f.TokenOpened(label=seen.label, serial=seen.serial, objects=seen.objects))


class TakeCensus(Action):
    """Try with throw-away keys what this token really does with the plan's algorithms, and check the plan against it."""

    def perform(self, desk: Desk) -> None:
        # Only what the plan needs: a slow token takes minutes for long RSA keys that nobody asked for.
        algorithms = tuple(dict.fromkeys(key.algorithm for key in desk.plan.keys))
        census = desk.call(RoomName.KEYS, p.TakeCensus(algorithms=algorithms))
        rules.verify_census(desk.plan, census)
        desk.record(
            f.CensusTaken(
                serial=census.token.serial,
                module_sha256=census.module_sha256,
                kwp_mechanism=f"0x{census.kwp_mechanism:04X}",
                oaep_hashes=census.oaep_hashes,
                imports_known_keys=census.imports_known_keys,
                algorithms=tuple(
                    f.AlgorithmMeasured(
                        algorithm=one.algorithm.value,
                        generate=one.generate,
                        wrap=one.wrap,
                        wrap_exact=one.wrap_exact,
                        restore=one.restore,
                        note=one.note,
                    )
                    for one in census.algorithms
                ),
            )
        )


def half_offers(state: State, plan: Plan, wanted: tuple[tuple[str, str], ...]) -> tuple[Offer, ...]:
    """Offers to type the halves that are not proved yet."""
    pair = dict(zip(("A", "B"), holders(state, plan), strict=True))
    return tuple(
        Offer(
            ProvePinHalf,
            say("{name}: type half {half} of the {role} PIN from your mailer; the room looks away", name=pair[half], half=half, role=role),
            given={"role": role, "half": half, "by": pair[half]},
        )
        for role, half in wanted
        if (role, half) not in state.token.proved
    )


def open_offers(state: State, plan: Plan) -> tuple[Offer, ...]:
    """What leads to an open token that was initialised before."""
    return half_offers(state, plan, USER_HALVES) or (Offer(OpenToken, say("Log the token in")),)


def keys_and_backups_made(state: State, plan: Plan) -> bool:
    """Nothing before the export needs the token any more."""
    if not all(state.keys.is_proved(key.label) for key in plan.keys):
        return False
    sets = [state.sets.of(backup.name) for backup in plan.backups]
    return all(
        one is not None and not one.lost and set(one.backups) == set(backup.keys) for one, backup in zip(sets, plan.backups, strict=True)
    )


class Token(Step):
    id = "token"
    title = "Token"
    lead = "The two PIN holders open the token; nobody else looks."
    records = frozenset(
        {
            f.PinMailersBegun,
            f.PinMailersMade,
            f.PinHalfProved,
            f.TokenInitialisationBegun,
            f.TokenInitialised,
            f.TokenOpened,
            f.CensusTaken,
        }
    )

    def done(self, state: State, plan: Plan) -> bool:
        ready = state.token.initialised is not None and state.token.census is not None
        return ready and (state.token.is_open or keys_and_backups_made(state, plan))

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        if state.token.mailers is None:
            return (Offer(MakePins, say("Make the PINs and print their mailers")),)
        if state.token.initialised is None:
            spoiled = Offer(MakePins, say("A mailer is spoiled: make new PINs"), optional=True)
            next_ones = half_offers(state, plan, ALL_HALVES) or (Offer(InitialiseToken, say("Initialise the token")),)
            # Once the initialisation was begun, the token may have these PINs, and new ones would lock it for ever.
            return next_ones if state.token.begun else (*next_ones, spoiled)
        if not state.token.is_open:
            return open_offers(state, plan)
        return (Offer(TakeCensus, say("Try what the token can do")),)


class TokenAgain(Step):
    id = "token-again"
    title = "Open the token again"
    lead = "The PIN holders open the token once more, in a process that never held a card."
    records = frozenset({f.PinHalfProved, f.TokenOpened})

    def applies(self, plan: Plan) -> bool:
        return bool(plan.exports)

    def done(self, state: State, plan: Plan) -> bool:
        rows = [state.shipments.of(e.key, e.destination.value, e.resource) for e in plan.exports]
        # A package that an interruption left unsigned is wrapped again; a refused one opens the token in the hold, when it needs it.
        packed = all(row.signed_by or row.refused for row in rows)
        return state.token.is_open or packed or state.shipments.hold_ended is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        return open_offers(state, plan)
