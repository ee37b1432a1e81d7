"""Where the engine spends its time and its bytes."""
