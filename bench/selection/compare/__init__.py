"""Methods that select columns, on real tables: what they select, its worth and its cost."""
