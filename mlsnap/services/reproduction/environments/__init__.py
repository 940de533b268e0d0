"""The Python environments in which runs are made again."""
