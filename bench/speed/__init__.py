"""FOCI, CODEC and xi beside other packages: every case and tool in a process of its own."""
