"""The ledger: a record of removals that a killed process cannot spoil."""
