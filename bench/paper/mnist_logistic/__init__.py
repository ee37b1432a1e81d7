"""Removals from multinomial logistic regression on MNIST."""
