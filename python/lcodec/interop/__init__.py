"""Adapters to other libraries, each imported on demand: importing `lcodec` imports none of them."""
