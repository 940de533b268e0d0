"""What differs between two tables, and over a series of them, from their profiles."""
