"""The commands that measure a table: foci, codec, graph and xi."""
