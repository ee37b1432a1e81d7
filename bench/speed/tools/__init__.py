"""What is timed: the calls of lcodec, of its peers, and of a naive baseline."""
