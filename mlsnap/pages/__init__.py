"""Pages beside MLflow's own: datasets, snapshots, comparisons and the data of runs."""
