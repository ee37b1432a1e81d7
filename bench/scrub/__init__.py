"""What a removal costs, and what it is worth beside other ways to forget."""
