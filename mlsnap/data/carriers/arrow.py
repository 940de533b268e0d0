"""Arrow tables, and whatever exports an Arrow stream."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from mlsnap.data.rows import Rows


def encode(carried: Any) -> Rows:
    """The rows of a table, a batch, or any object with ``__arrow_c_stream__``."""
    table = pa.table(carried) if not isinstance(carried, pa.Table) else carried
    return Rows.of_table(table, carrier={"carrier": "arrow", "names": table.column_names})


def decode(table: pa.Table, carrier: dict[str, Any]) -> pa.Table:
    """The Arrow table; other carriers of Arrow streams come back as one, too."""
    return table.rename_columns(carrier["names"])
