"""Which rows two tables do not share."""
