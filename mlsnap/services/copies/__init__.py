"""Copies of the data of snapshots: pushed to a remote, and pulled back."""
