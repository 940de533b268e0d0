"""How NumPy is to treat the processor, told before it is imported."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
_NARROW = {
    "NPY_DISABLE_CPU_FEATURES": (
        "X86_V4 AVX512_ICL AVX512_SPR AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL"
    )
}
_ZEN_4 = (range(0x10, 0x20), range(0x60, 0x80), range(0xA0, 0xB0))
"""Models of AMD's family 25 that do the instruction which NumPy's 512-bit sort lives on,
compressing a vector into memory, in over a hundred cycles.
"""


def start_numpy(*, algebra: bool) -> None:
    """Import NumPy, which must not have been imported yet, as this processor needs it.

    It sorts with 256-bit vectors where those are several times faster. Unless ``algebra`` is
    wanted, by code of the user's, it starts no threads for that: they cost more time than all
    the rest of NumPy's start. Child processes are not concerned, nor is a user's own choice.
    """
    wanted = ({} if algebra else _ONE_THREAD) | (_NARROW if _is_zen_4() else {})
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    if not added:
        return
    os.environ.update(added)
    try:
        with warnings.catch_warnings(action="ignore"):  # of names that this NumPy does not know
            import numpy  # noqa: F401 - reads the variables
    finally:
        for name in added:
            del os.environ[name]


def _is_zen_4() -> bool:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    found = re.search(r"AuthenticAMD\ncpu family\s*: 25\nmodel\s*: (\d+)\n", said)
    return found is not None and any(int(found[1]) in models for models in _ZEN_4)
