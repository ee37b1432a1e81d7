"""Coefficients of dependence: CODEC, its randomised form LCODEC, and xi."""
