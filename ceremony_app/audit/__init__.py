"""The audit: everything that can be checked in an evidence folder, one verdict per check, and what was not checked said as such."""
