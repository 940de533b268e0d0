"""What is kept and what goes: deleting, collecting garbage, pinning, verifying."""
