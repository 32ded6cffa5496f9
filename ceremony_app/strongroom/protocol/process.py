"""Requests about the strongroom process itself and its storage."""

from __future__ import annotations

from ceremony_app.strongroom.protocol.message import Done, Reply, Request


class Protections(Reply):
    """What the process could do for its own memory: `memory_locked` is `all`, `buffers` or `none`."""

    dumpable: bool
    core_limit: int
    memory_locked: str


class Prepared(Reply):
    """The module was loaded. Hashes are SHA-256 in hex."""

    module: str
    module_sha256: str
    library: str
    library_version: str
    protections: Protections


class Prepare(Request[Prepared]):
    """First request. `storage`: directory for a SoftHSM token of our own (created 0700), empty to use the machine's configuration.
    `practice`: the rehearsal's `practice` directory, empty in production; the strongroom writes there what only a rehearsal may write."""

    storage: str = ""
    practice: str = ""


class DepositFile(Request[Done]):
    """Take the raw bytes of a file as the deposit `name` (rehearsals only; at most 8 MiB)."""

    name: str
    path: str


class StorageWiped(Reply):
    """`files` were in the storage directory, `overwritten` of them were overwritten with random bytes before removal; `left` remain."""

    files: int
    overwritten: int
    left: int


class WipeStorage(Request[StorageWiped]):
    """Close the token, overwrite and remove every file of our own storage directory."""

    writes = True
