"""Hooks of frameworks, one file each; a file imports its framework, and nothing imports the file.

Where a few lines of the user's own do the same, docs/how-to/frameworks.md has them instead.
"""
