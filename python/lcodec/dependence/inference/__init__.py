"""What a value of T says: tests of independence."""
