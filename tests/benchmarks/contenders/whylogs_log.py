"""whylogs' profile of a Parquet file, every statistic of its view."""

import json
import os
import sys

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"

import pandas as pd
import whylogs

frame = pd.read_parquet(sys.argv[1])
view = whylogs.log(frame).view().to_pandas()
shape = {"rows": len(frame), "columns": len(view)}
versions = {"whylogs": whylogs.__version__, "pandas": pd.__version__}
print(json.dumps({**shape, "statistics": list(view.columns), "versions": versions}))
