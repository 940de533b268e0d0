"""Enums that a stored argument can name."""

from __future__ import annotations

from enum import Enum, Flag, IntEnum, StrEnum


class Loss(Enum):
    SQUARED = object()
    ABSOLUTE = "absolute"


class Level(IntEnum):
    LOW = 1


class Solver(StrEnum):
    LBFGS = "lbfgs"


class Part(Flag):
    A = 1
    B = 2


class Model:
    class Mode(Enum):
        FAST = 1


NOT_AN_ENUM = {"FAST": 1}
