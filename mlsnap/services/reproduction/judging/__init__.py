"""What two runs logged, side by side, and how it relates."""
