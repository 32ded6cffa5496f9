"""Which function answers which request: one each, gathered by name, so that nothing can be asked that nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ceremony_app.strongroom import census, deposit, destruction, inventory, key, module, proof, protocol, recordkey, token, wrapping

HANDLERS: dict[type[protocol.Request[Any]], Callable[..., Any]] = {
    protocol.Prepare: module.prepare,
    protocol.DepositFile: deposit.deposit_file,
    protocol.FindToken: token.find_token,
    protocol.InitialiseToken: token.initialise_token,
    protocol.OpenToken: token.open_token,
    protocol.CloseToken: token.close_token,
    protocol.MakeScratchToken: token.make_scratch_token,
    protocol.WipeStorage: token.wipe_storage,
    protocol.ListObjects: inventory.list_objects,
    protocol.SweepRemnants: inventory.sweep_remnants,
    protocol.TakeCensus: census.take_census,
    protocol.GenerateKey: key.generate_key,
    protocol.ReadKey: key.read_key,
    protocol.SealKey: key.seal_key,
    protocol.ProveKey: proof.prove_key,
    protocol.FindKey: destruction.find_key,
    protocol.DestroyKey: destruction.destroy_key,
    protocol.WrapKey: wrapping.wrap_key,
    protocol.MakeRecordKey: recordkey.make_record_key,
    protocol.SignWithRecordKey: recordkey.sign_with_record_key,
}
