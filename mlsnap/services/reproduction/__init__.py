"""A run made again: its plan, its fresh process, its verdict."""
