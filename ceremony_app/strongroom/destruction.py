"""The end of a key in the token, and what an interrupted generation left: found, removed, overwritten, looked for again."""

from __future__ import annotations

from typing import Any

from pkcs11 import Attribute, Object, ObjectClass, PKCS11Error

from ceremony_app.keys import Algorithm
from ceremony_app.strongroom import objects, proof, storage
from ceremony_app.strongroom.protocol import DestroyKey, FindKey, KeyGone, KeySeen
from ceremony_app.strongroom.publickey import public_attributes
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import OpenedToken

_PUBLIC_VALUES = (Attribute.MODULUS, Attribute.EC_POINT)


def find_key(room: Room, request: FindKey) -> KeySeen:
    """What lies under a CKA_ID. `complete`: the key was used just now; `same_label` counts objects of this label and another id."""
    token, cka_id = room.token, objects.as_id(request.cka_id)
    private = objects.find(token, objects.own_class(request.algorithm), {Attribute.ID: cka_id})
    public = objects.find(token, ObjectClass.PUBLIC_KEY, {Attribute.ID: cka_id})
    wanted = 0 if request.algorithm.is_secret else 1
    complete = len(private) == 1 and len(public) == wanted and proof.works(token, private[0], request.algorithm, public[:1])
    left = len(storage.remnants(token.files)) if token.files is not None else 0
    return KeySeen(
        complete=complete,
        private=len(private),
        public=len(public),
        remnants=left + (0 if complete else len(objects.of_id(token, cka_id))),
        same_label=sum(thing[Attribute.ID] != cka_id for thing in objects.of_label(token, request.label)),
        same_public=sum(thing[Attribute.ID] != cka_id for thing in _of_public_value(token, request.algorithm, request.spki)),
    )


def destroy_key(room: Room, request: DestroyKey) -> KeyGone:
    """Destroy every object of the CKA_ID and the remnant files, and search again. Refusal `label-differs` when an object of this id is
    called otherwise."""
    token, cka_id = room.token, objects.as_id(request.cka_id)
    doomed = objects.of_id(token, cka_id)
    for thing in doomed:
        if (label := thing[Attribute.LABEL]) not in ("", request.label):
            raise Refusal(
                "label-differs", f"The key of this identifier is called “{label}”.", "Check which key is meant.", f"{request.cka_id}"
            )
    removed, overwritten = remove(token, cka_id)
    found = len(objects.of_id(token, cka_id)) + len(objects.of_label(token, request.label))
    found += len(_of_public_value(token, request.algorithm, request.spki)) + sum(_answers(thing) for thing in doomed)
    return KeyGone(removed=removed, overwritten=overwritten, found=found)


def remove(token: OpenedToken, cka_id: bytes) -> tuple[int, int]:
    """Destroy the objects of a CKA_ID and what interrupted writes left; answers how many objects, and how many files were overwritten."""
    doomed = objects.of_id(token, cka_id)
    with storage.overwriting_removed(token.files) as done:
        for thing in doomed:
            thing.destroy()
        removed = len(doomed) + sweep(token)
    return removed, done.count + overwrite_remnants(token)


def sweep(token: OpenedToken) -> int:
    """Destroy objects that are nothing but a shell: no class that can be read, or of the session though this process keeps none."""
    swept = 0
    for handle in broken(token):
        token.module.cryptoki.destroy(token.handle, handle)
        swept += 1
    return swept


def broken(token: OpenedToken) -> list[int]:
    """Handles of objects in a SoftHSM token that no search by class shows, and of session objects, which nothing in this process leaves
    behind. Other tokens have classes of their own, which are none of our business."""
    if token.files is None:
        return []
    whole = {thing.handle for kind in objects.CLASSES for thing in objects.find(token, kind, {Attribute.TOKEN: True})}
    return [handle for handle in token.module.cryptoki.handles(token.handle) if handle not in whole]


def overwrite_remnants(token: OpenedToken) -> int:
    """Overwrite and remove the files that no object owns; answers how many."""
    if token.files is None:
        return 0
    names = set(storage.remnants(token.files))
    doomed = names | {f"{name.removesuffix('.object')}.lock" for name in names}
    return storage.overwrite_files(token.files, lambda path: path.name in doomed)[1]


def _of_public_value(token: OpenedToken, algorithm: Algorithm, spki: bytes) -> list[Object]:
    """Objects of a pair by its public value: the modulus is in both halves, the point of a curve on most tokens in the public one only."""
    if not spki:
        return []
    wanted = public_attributes(spki, algorithm)
    return [
        thing
        for attribute in _PUBLIC_VALUES
        if attribute in wanted
        for kind in (ObjectClass.PUBLIC_KEY, ObjectClass.PRIVATE_KEY)
        for thing in objects.find(token, kind, {attribute: wanted[attribute]})
    ]


def _answers(thing: Any) -> bool:
    """Whether the handle of a destroyed object still answers, as it must not."""
    try:
        return thing[Attribute.CLASS] is not None
    except PKCS11Error:
        return False
