"""The strongroom process: `python -I -m ceremony_app.strongroom MODULE`; `-` means none. It ends when the desk closes the wire."""

from __future__ import annotations

from ceremony_app.strongroom import hardening

hardening.close_to_others()  # before anything else is loaded

import os  # noqa: E402
import sys  # noqa: E402

READ, WRITE = hardening.private_wire()


def main() -> int:
    """Serve until the wire ends; 0 when it ended between two messages, 1 when it broke."""
    from ceremony_app.strongroom.room import Room
    from ceremony_app.strongroom.service import serve

    module = sys.argv[1] if len(sys.argv) > 1 else "-"
    return serve(Room("" if module == "-" else module), READ, WRITE)


if __name__ == "__main__":
    status = main()
    os.close(WRITE)
    sys.exit(status)
