"""Frozen values that the layers above hand to each other. Standard library only."""
