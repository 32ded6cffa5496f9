"""What the operating system says of this machine and of the software on it: measured facts, never a verdict on what cannot be seen."""

from ceremony_app.machine.check import MachineCheck
from ceremony_app.machine.inspection import inspect_machine
from ceremony_app.machine.software import software

__all__ = ["MachineCheck", "inspect_machine", "software"]
