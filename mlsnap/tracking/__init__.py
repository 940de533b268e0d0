"""MLflow: the only database. The one package that imports it, besides the plug-ins."""
