"""What mlsnap does: datasets and snapshots, links to runs, comparison, reproduction."""
