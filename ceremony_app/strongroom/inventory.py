"""Everything in the open token, and what lies beside it."""

from __future__ import annotations

from pkcs11 import Attribute, Object, ObjectClass

from ceremony_app.strongroom import objects, storage
from ceremony_app.strongroom.destruction import overwrite_remnants, sweep
from ceremony_app.strongroom.protocol import FoundObject, ListObjects, ObjectsListed, SweepRemnants
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.token import OpenedToken


def list_objects(room: Room, request: ListObjects) -> ObjectsListed:
    """Objects of every class, and remnant files of a SoftHSM token."""
    return _listed(room.token)


def sweep_remnants(room: Room, request: SweepRemnants) -> ObjectsListed:
    """Destroy shells, overwrite and remove the remnant files; answers what remains."""
    token = room.token
    with storage.overwriting_removed(token.files):
        sweep(token)
    overwrite_remnants(token)
    return _listed(token)


def _listed(token: OpenedToken) -> ObjectsListed:
    found = [_row(kind, thing) for kind in objects.CLASSES for thing in objects.find(token, kind, {})]
    left = storage.remnants(token.files) if token.files is not None else ()
    return ObjectsListed(objects=tuple(found), remnants=left)


def _row(kind: ObjectClass, thing: Object) -> FoundObject:
    is_key = kind in objects.KEY_CLASSES
    return FoundObject(
        object_class=kind.name,
        key_type=thing[Attribute.KEY_TYPE].name if is_key else "",
        label=thing[Attribute.LABEL],
        cka_id=thing[Attribute.ID].hex() if is_key else "",
    )
