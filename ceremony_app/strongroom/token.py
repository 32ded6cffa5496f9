"""The token: found by label, initialised, opened with PINs that were proved before, closed."""

from __future__ import annotations

from pathlib import Path

from pkcs11 import Session, Slot, Token, TokenFlag

from ceremony_app.strongroom import storage
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.cryptoki import SO, USER, ReturnCode
from ceremony_app.strongroom.module import Module
from ceremony_app.strongroom.protocol import (
    CloseToken,
    Done,
    FindToken,
    InitialiseToken,
    MakeScratchToken,
    OpenToken,
    StorageWiped,
    TokenSeen,
    WipeStorage,
)
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

_LABEL_AT_MOST = 32
_SCRATCH_PIN = 32
_SCRATCH_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PIN_LOCKED = 0xA4


class OpenedToken:
    """A token that is logged in as user, with the one session this process works in. `files` is the directory of a SoftHSM token."""

    def __init__(self, module: Module, slot: Slot, token: Token, session: Session, files: Path | None) -> None:
        self.module = module
        self.slot = slot
        self.slot_id: int = slot.slot_id
        self.label: str = token.label
        self.serial = serial_of(token)
        self.session = session
        self.files = files
        self.kwp_mechanism: int | None = None
        """Number of the mechanism that makes RFC 5649 output, 0 for none; None until the self-test has run."""
        self.kwp_pads = True
        """Whether the token adds bytes of its own to the plaintext before it wraps."""
        self.oaep_hashes: tuple[str, ...] | None = None
        """Hashes that RSA-OAEP in the token really uses; None until the self-test has run."""

    @property
    def handle(self) -> int:
        """The session's CK_SESSION_HANDLE."""
        number: int = self.session.handle  # type: ignore[attr-defined]
        return number

    def close(self) -> None:
        """Log out by closing every session. A token that was pulled out meanwhile is closed already."""
        try:
            self.module.cryptoki.close_all_sessions(self.slot_id)
        except ReturnCode:
            return


def serial_of(token: Token) -> str:
    return token.serial.decode("utf-8", "replace").strip("\0 ")


def pin_limits(room: Room) -> tuple[int, int]:
    """Shortest and longest PIN of the open token, else of the slot that would be initialised (CK_TOKEN_INFO)."""
    module = room.module
    if room.has_token:
        return module.cryptoki.pin_limits(room.token.slot_id)
    return module.cryptoki.pin_limits(_free_slot(module).slot_id)


def find_token(room: Room, request: FindToken) -> TokenSeen:
    """Look for the token; refusals `token-ambiguous`, and `token-no-slot` when no slot is free for an empty label."""
    if not request.label:
        slot = _free_slot(room.module)
        return TokenSeen(present=False, manufacturer=slot.manufacturer_id, model=slot.slot_description)
    found = _find(room.module, request.label)
    return _seen(*found) if found else TokenSeen(present=False)


def initialise_token(room: Room, request: InitialiseToken) -> TokenSeen:
    """C_InitToken with the SO PIN, C_InitPIN with the user PIN, log in; then the halves are forgotten.

    Refusals `token-exists`, `token-label`, `pin-not-proved`, `pin-refused`.
    """
    from ceremony_app.strongroom import pins

    slot = _slot_for(room.module, request.label)
    with pins.proved_pin(room, "so") as so_pin, pins.proved_pin(room, "user") as user_pin:
        made = _initialise(room, slot, request.label, so_pin, user_pin)
    pins.forget(room)
    return made


def open_token(room: Room, request: OpenToken) -> TokenSeen:
    """Log in with the proved halves, and forget them.

    Refusals `token-missing`, `token-other`, `pin-not-proved`, `pin-refused`, `pin-locked`.
    """
    from ceremony_app.strongroom import pins

    found = _find(room.module, request.label)
    if found is None:
        raise Refusal("token-missing", f"No token is called “{request.label}”.", "Insert the token and try again.")
    slot, token = found
    if serial_of(token) != request.serial:
        raise Refusal(
            "token-other",
            "A token of this name is here, but its serial number is another.",
            "Insert the token of this ceremony.",
            f"found {serial_of(token)}, expected {request.serial}",
        )
    with pins.proved_pin(room, "user") as user_pin:
        opened = _log_in(room, slot, token, user_pin)
    pins.forget(room)
    return opened


def close_token(room: Room, request: CloseToken) -> Done:
    """Log out and forget the halves."""
    from ceremony_app.strongroom import pins

    room.close_token()
    pins.forget(room)
    return Done()


class ScratchStorage:
    """The drawer: where a token lies whose PINs only this process knows. Nobody can open it once the process has ended, so it ends too."""

    def __init__(self) -> None:
        self.directory: Path | None = None

    def forget(self) -> None:
        if self.directory is not None:
            storage.wipe(self.directory)


def make_scratch_token(room: Room, request: MakeScratchToken) -> TokenSeen:
    """Make and open a token in our own storage with random PINs that nobody learns. Refusals `storage-missing`, `token-exists`."""
    if room.storage is None:
        raise Refusal("storage-missing", "A scratch token needs a storage of its own.", "Prepare the strongroom with a storage directory.")
    room.drawer(ScratchStorage).directory = room.storage
    with _scratch_pin(room) as so_pin, _scratch_pin(room) as user_pin:
        return _initialise(room, _slot_for(room.module, request.label), request.label, so_pin, user_pin)


def wipe_storage(room: Room, request: WipeStorage) -> StorageWiped:
    """Close the token, let go of the library, overwrite and remove every file of our storage. Refusal `storage-missing`."""
    directory = room.storage
    if directory is None:
        raise Refusal("storage-missing", "This strongroom has no storage of its own.", "Wipe the token with its maker's tools.")
    room.drop_module()
    files, overwritten, left = storage.wipe(directory)
    return StorageWiped(files=files, overwritten=overwritten, left=left)


def _find(module: Module, label: str) -> tuple[Slot, Token] | None:
    found = [(slot, token) for slot, token in module.slots() if token.label == label and token.flags & TokenFlag.TOKEN_INITIALIZED]
    if len(found) > 1:
        raise Refusal("token-ambiguous", f"More than one token is called “{label}”.", "Remove the tokens that are not of this ceremony.")
    return found[0] if found else None


def _free_slot(module: Module) -> Slot:
    for slot, token in module.slots():
        if not token.flags & TokenFlag.TOKEN_INITIALIZED:
            return slot
    raise Refusal("token-no-slot", "No slot holds a token that can be initialised.", "Insert an empty token.")


def _slot_for(module: Module, label: str) -> Slot:
    """Where a token of this name can be initialised: a free slot, or that of one whose initialisation was interrupted."""
    if not label.strip() or len(label.encode()) > _LABEL_AT_MOST or not label.isprintable():
        raise Refusal("token-label", "A token's name has 1 to 32 printable characters.", "Choose another name.")
    found = _find(module, label)
    if found is not None and found[1].flags & TokenFlag.USER_PIN_INITIALIZED:
        raise Refusal("token-exists", f"A token called “{label}” is there already.", "Choose another name, or open that token.")
    return found[0] if found is not None else _free_slot(module)


def _initialise(room: Room, slot: Slot, label: str, so_pin: SecretBuffer, user_pin: SecretBuffer) -> TokenSeen:
    module = room.module
    room.close_token()
    try:
        module.cryptoki.init_token(slot.slot_id, so_pin, label)
        made = _find(module, label)
        if made is None:
            raise Refusal("token-missing", "The token was initialised but is not found under its name.", "Remove it and try again.")
        slot, token = made
        if room.storage is not None and module.is_softhsm:
            storage.require_ours(room.storage, serial_of(token))
        handle: int = token.open(rw=True).handle  # type: ignore[attr-defined]
        try:
            module.cryptoki.login(handle, SO, so_pin)
            module.cryptoki.init_pin(handle, user_pin)
        finally:
            module.cryptoki.close_all_sessions(slot.slot_id)
    except ReturnCode as error:
        raise _pin_refused(error) from error
    return _log_in(room, slot, token, user_pin)


def _log_in(room: Room, slot: Slot, token: Token, user_pin: SecretBuffer) -> TokenSeen:
    module = room.module
    room.close_token()
    session = token.open(rw=True, attribute_mapper=module.mapper)
    opened = OpenedToken(module, slot, token, session, module.token_files(room.storage, serial_of(token)))
    try:
        module.cryptoki.login(opened.handle, USER, user_pin)
    except ReturnCode as error:
        opened.close()
        raise _pin_refused(error) from error
    room.keep_token(opened)
    return seen(opened)


def seen(opened: OpenedToken) -> TokenSeen:
    """What the open token says of itself now."""
    return _seen(opened.slot, opened.slot.get_token(), objects=len(opened.module.cryptoki.handles(opened.handle)))


def _seen(slot: Slot, token: Token, objects: int = 0) -> TokenSeen:
    major, minor = token.firmware_version
    return TokenSeen(
        present=True,
        label=token.label,
        serial=serial_of(token),
        manufacturer=token.manufacturer_id,
        model=token.model,
        firmware=f"{major}.{minor}",
        user_pin_set=bool(token.flags & TokenFlag.USER_PIN_INITIALIZED),
        objects=objects,
    )


def _pin_refused(error: ReturnCode) -> Exception:
    """What CKR_PIN_… (0xA0 to 0xA4) means; other codes stay what they are."""
    if error.code == _PIN_LOCKED:
        return Refusal("pin-locked", "The token has locked this PIN after wrong tries.", "Unlock it with the SO PIN, or use another token.")
    if 0xA0 <= error.code < _PIN_LOCKED:
        return Refusal("pin-refused", "The token does not take this PIN.", "Check whose PIN mailers these are.", str(error))
    return error


def _scratch_pin(room: Room) -> SecretBuffer:
    from ceremony_app.strongroom.randomness import mixed_random

    pin = mixed_random(room, min(_SCRATCH_PIN, pin_limits(room)[1]))
    view = pin.view()
    for place, byte in enumerate(view):
        view[place] = _SCRATCH_ALPHABET[byte & 31]
    return pin
