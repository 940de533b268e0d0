"""What a tracked call was made of, taken down and brought back.

One file a part: `entry` (the function), `arguments`, `code` (git), `environment`, `randomness`.
Standard library only: NumPy is used where the user's process has it already, or where a recorded
state needs it.
"""
