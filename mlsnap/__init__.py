"""mlsnap: dataset snapshots for MLflow runs, with the data in DVC."""

__version__ = "0.1.0"
