"""The statistics themselves, written as the papers write them."""
