"""The slices of a network: where the parameters of a unit lie, and what the unit does."""
