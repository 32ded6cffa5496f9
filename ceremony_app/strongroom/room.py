"""The strongroom's inside: what the handlers of requests share, and how they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.refusal import Refusal

if TYPE_CHECKING:
    from ceremony_app.strongroom.module import Module
    from ceremony_app.strongroom.token import OpenedToken

T = TypeVar("T")


@runtime_checkable
class Forgetful(Protocol):
    """A noun's state that holds secrets: `forget` wipes them."""

    def forget(self) -> None: ...


class Room:
    """Storage and practice directories, deposits, the module, the open token, and a drawer for each noun's own state.

    `module_path` is the PKCS#11 library this process may load, empty where it works without a token.
    """

    def __init__(self, module_path: str = "") -> None:
        self.module_path = module_path
        self.prepared = False
        self.storage: Path | None = None
        self.practice: Path | None = None
        self._module: Module | None = None
        self._token: OpenedToken | None = None
        self._deposits: dict[str, SecretBuffer] = {}
        self._drawers: dict[type[object], object] = {}

    # deposits

    def put_deposit(self, name: str, secret: SecretBuffer) -> None:
        """Keep a secret until the request that uses it; an earlier one of this name is wiped."""
        self.drop_deposit(name)
        self._deposits[name] = secret

    def has_deposit(self, name: str) -> bool:
        return name in self._deposits

    def take_deposit(self, name: str) -> SecretBuffer:
        """Hand over a deposit; the caller wipes it. Refusal `deposit-missing`."""
        secret = self._deposits.pop(name, None)
        if secret is None:
            raise Refusal("deposit-missing", f"The entry “{name}” has not arrived.", "Enter it again.")
        return secret

    def drop_deposit(self, name: str) -> None:
        """Wipe a deposit that was not taken."""
        secret = self._deposits.pop(name, None)
        if secret is not None:
            secret.wipe()

    # module and token

    @property
    def module(self) -> Module:
        """The loaded PKCS#11 library. Refusal `module-missing`."""
        if self._module is None:
            raise Refusal("module-missing", "This process has loaded no PKCS#11 library.", "Choose the token's library and begin again.")
        return self._module

    def use_module(self, module: Module) -> None:
        self._module = module

    def drop_module(self) -> None:
        """Log out and let go of the library: nothing of it is open afterwards."""
        self.close_token()
        module, self._module = self._module, None
        if module is not None:
            module.finalize()

    @property
    def has_token(self) -> bool:
        return self._token is not None

    @property
    def token(self) -> OpenedToken:
        """The token that is logged in. Refusal `token-closed`."""
        if self._token is None:
            raise Refusal("token-closed", "The token is not open.", "Open the token with its PIN first.")
        return self._token

    def keep_token(self, token: OpenedToken) -> None:
        """Make `token` the open one; one that was open before is closed."""
        self.close_token()
        self._token = token

    def close_token(self) -> None:
        """Log out, where somebody is logged in."""
        token, self._token = self._token, None
        if token is not None:
            token.close()

    # each noun's own state

    def drawer(self, cls: type[T]) -> T:
        """The one instance of a noun's state, made without arguments when it is first asked for."""
        if cls not in self._drawers:
            self._drawers[cls] = cls()
        return cast(T, self._drawers[cls])

    def forget(self) -> None:
        """The end of the process: log out, wipe the deposits and every drawer that can forget."""
        self.drop_module()
        for name in tuple(self._deposits):
            self.drop_deposit(name)
        for state in self._drawers.values():
            if isinstance(state, Forgetful):
                state.forget()
