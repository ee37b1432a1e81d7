"""The gap between removals and training again."""
