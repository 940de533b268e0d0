"""Environment variables that change results."""

THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
"""Variables that say how many threads or processes a library may use."""

VARIABLES = (
    *THREADS,
    "PYTHONHASHSEED",
    "CUBLAS_WORKSPACE_CONFIG",
    "TZ",
    "LANG",
    "LC_ALL",
)
"""The only environment variables that are ever recorded."""
