"""What this token can do today, as self-tests with throw-away keys of the session show it; nothing is believed that was only said."""

from __future__ import annotations

import os
from collections.abc import Callable

from pkcs11 import MechanismFlag, Object, PKCS11Error

from ceremony_app.keys import Algorithm, Kind, Purpose
from ceremony_app.strongroom import kwp, oaep, objects, openssl, proof
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.cryptoki import ReturnCode
from ceremony_app.strongroom.destruction import sweep
from ceremony_app.strongroom.key import make, unwrapped_copy
from ceremony_app.strongroom.protocol import AlgorithmCensus, Census, TakeCensus
from ceremony_app.strongroom.publickey import spki_of
from ceremony_app.strongroom.randomness import system_random
from ceremony_app.strongroom.recipient import Twins
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import OpenedToken, seen

_TWIN_BITS = 2048
_MESSAGE = b"key-ceremony/census/1\n"
_NOT_WRAPPABLE = 0x69  # CKR_KEY_NOT_WRAPPABLE
_REFUSED = (PKCS11Error, ReturnCode, Refusal, AttributeError, openssl.OpenSslRefused)


def take_census(room: Room, request: TakeCensus) -> Census:
    """Test every algorithm, or those that were named, with session objects."""
    token, twin = room.token, room.drawer(Twins).of(_TWIN_BITS)
    try:
        number = kwp.mechanism(token)
    except Refusal:
        number = 0
    shortest, longest = token.module.cryptoki.pin_limits(token.slot_id)
    algorithms = tuple(_tested(token, algorithm) for algorithm in request.algorithms or Algorithm)
    hashes = oaep.hashes(token, twin)
    native = oaep.native_hybrid(token, twin)
    imports = _imports(token)
    sweep(token)
    return Census(
        module=token.module.path,
        module_sha256=token.module.sha256,
        token=seen(token),
        kwp_mechanism=number,
        oaep_hashes=hashes,
        native_hybrid=native,
        imports_known_keys=imports,
        pin_min=shortest,
        pin_max=longest,
        algorithms=algorithms,
    )


class _Trial:
    """One algorithm's throw-away key and what was noted of it."""

    def __init__(self, token: OpenedToken, algorithm: Algorithm) -> None:
        self.token = token
        self.algorithm = algorithm
        # The last purpose by name first: for RSA that is signing, which every token has.
        self.purposes = sorted(algorithm.purposes, key=lambda purpose: purpose.value, reverse=True)
        self.made: tuple[Object, ...] = ()
        self.blob = b""
        self.tail = False
        self.notes: list[str] = []

    def step(self, name: str, run: Callable[[], None]) -> bool:
        """Run one test; False with a note where the token refuses it."""
        try:
            run()
        except _REFUSED as error:
            self.notes.append(f"{name}: {_reason(error)}")
            return False
        return True

    def generate(self) -> None:
        self.made = self._new(self.purposes[0])

    def prove(self) -> None:
        self._prove(self.made, self.purposes[0])
        # Longer RSA keys have the mechanisms of the shortest; one generation each is enough.
        others = self.purposes[1:] if self.algorithm.kind is not Kind.RSA or self.algorithm is Algorithm.RSA_2048 else []
        for purpose in others:
            made = self._new(purpose)
            try:
                self._prove(made, purpose)
            finally:
                objects.discard(*made)

    def wrap(self, key: SecretBuffer) -> None:
        self.blob = kwp.wrap_under(self.token, key, self.made[-1])
        with openssl.kwp_unwrap(key, self.blob) as plain:
            self.tail = kwp.trimmed(plain, self.algorithm)

    def restore(self, key: SecretBuffer) -> None:
        purpose = self.purposes[0]
        with unwrapped_copy(self.token, key, self.blob, self.algorithm, purpose) as copy:
            proof.verify_copy(self.token, self.made[-1], copy, self.algorithm, purpose, self._spki(self.made))

    def _prove(self, made: tuple[Object, ...], purpose: Purpose) -> None:
        proof.prove(self.token, made[-1], self.algorithm, purpose, self._spki(made), _MESSAGE)

    def _spki(self, made: tuple[Object, ...]) -> bytes:
        return b"" if self.algorithm.is_secret else spki_of(made[0], self.algorithm)

    def _new(self, purpose: Purpose) -> tuple[Object, ...]:
        return make(self.token, self.algorithm, purpose, label="", cka_id=os.urandom(16), extractable=True, store=False)


def _tested(token: OpenedToken, algorithm: Algorithm) -> AlgorithmCensus:
    trial = _Trial(token, algorithm)
    try:
        with system_random(32) as key:
            generate = trial.step("generate", trial.generate)
            prove = generate and trial.step("prove", trial.prove)
            wrap = generate and trial.step("wrap", lambda: trial.wrap(key))
            restore = wrap and trial.step("restore", lambda: trial.restore(key))
        return AlgorithmCensus(
            algorithm=algorithm,
            generate=generate,
            prove=prove,
            wrap=wrap,
            wrap_exact=wrap and not trial.tail and not kwp.may_pad(token, algorithm),
            restore=restore,
            note="; ".join(trial.notes),
        )
    finally:
        objects.discard(*trial.made)


def _imports(token: OpenedToken) -> bool:
    """Whether the token takes a key that is known outside."""
    with system_random(32) as value:
        try:
            with objects.imported(token, value, MechanismFlag.WRAP):
                return True
        except _REFUSED:
            return False


def _reason(error: BaseException) -> str:
    match error:
        case ReturnCode(code=code) if code == _NOT_WRAPPABLE:
            return "the token does not let this kind of key be wrapped"
        case ReturnCode():
            return f"{error.call} answers 0x{error.code:x}"
        case Refusal():
            return error.code
        case _:
            return f"the token answers {type(error).__name__}"
