"""Statistics of tables and columns. One file per kind of column."""
