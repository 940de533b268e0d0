"""Data of any origin as Arrow record batches, and the identity of its content."""
