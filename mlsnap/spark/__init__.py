"""Profiles made on Spark's executors: partial ones where the rows are, merged there, too.

Rows never come to the driver: a finished profile and the digests of blocks do.
"""
