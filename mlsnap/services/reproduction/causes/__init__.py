"""What makes an outcome differ, or a training vary."""
