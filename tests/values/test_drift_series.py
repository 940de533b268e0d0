from mlsnap.values.column import Kind
from mlsnap.values.difference import ColumnDifference, Distance
from mlsnap.values.drift import ColumnDrift

STEPS = 40


class Counted(ColumnDifference):
    """Counts how often its measures were asked for."""

    asked = 0

    def measures(self):
        Counted.asked += 1
        return super().measures()


def test_the_work_of_a_series_grows_as_its_steps_do():
    distances = {"kolmogorov_smirnov": Distance(0.5)}
    column = Counted(name="age", type=Kind.INTEGER, distances=distances)

    assert ColumnDrift("age", (column,) * STEPS).series() == [0.5] * STEPS
    assert Counted.asked <= 2 * STEPS
