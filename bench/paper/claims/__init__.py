"""What the paper claims, and what the committed accounts say of it."""
