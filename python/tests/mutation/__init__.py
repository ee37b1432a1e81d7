"""Changes of one line that a test must catch; ``make mutate`` makes them one by one."""
