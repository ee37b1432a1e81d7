"""The same searches for the K > 1 nearest rows; for the nearest alone they stand one floor up."""
