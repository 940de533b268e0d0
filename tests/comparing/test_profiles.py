import json
from itertools import combinations

import numpy as np
import pytest
from comparable import booleans, instants, nothing, numbers, table, texts

from mlsnap.comparing.distances import DISTANCES
from mlsnap.comparing.profiles import compare_profiles
from mlsnap.errors import NotFoundError
from mlsnap.values.column import Kind
from mlsnap.values.difference import NO_BASE, Moments
from mlsnap.values.profile import Profile

OLD = table(
    numbers([1, 2, 3], name="Ward"),
    numbers([1, 2, 3], name="Beat"),
    texts("a", name="gone"),
    numbers([1.0], name="retyped", kind=Kind.INTEGER),
)
NEW = table(
    numbers([2, 3, 4, 5], name="Ward"),
    texts("b", name="new"),
    numbers([1, 2, 3], name="Beat"),
    texts("x", name="retyped"),
    digest="11" * 32,
)


def test_columns_are_added_removed_retyped_or_excluded():
    found = compare_profiles(OLD, NEW, exclude_columns=["Beat"])
    assert [column.name for column in found] == ["Ward"]
    assert found.added == ("new",)
    assert found.removed == ("gone",)
    (retyped,) = found.retyped
    assert (retyped.name, retyped.reference, retyped.current) == ("retyped", "INTEGER", "STRING")
    assert found.excluded == ("Beat",)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_every_column_is_in_one_list_only(size):
    for names in combinations(["Ward", "Beat", "gone", "retyped", "new"], size):
        found = compare_profiles(OLD, NEW, exclude_columns=names)
        lists = (
            *(column.name for column in found),
            *(*found.added, *found.removed, *found.excluded),
            *(column.name for column in found.retyped),
        )
        assert sorted(lists) == ["Beat", "Ward", "gone", "new", "retyped"]


def test_columns_that_are_not_included_are_excluded():
    found = compare_profiles(OLD, NEW, include_columns=["Ward", "new"])
    assert ([column.name for column in found], found.added) == (["Ward"], ("new",))
    assert found.excluded == ("Beat", "gone", "retyped")


def test_excluding_goes_before_including():
    found = compare_profiles(OLD, NEW, include_columns=["Ward"], exclude_columns=["Ward"])
    assert len(found) == 0


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("W*", ["Ward"]),
        ("?eat", ["Beat"]),
        ("[BW]*", ["Ward", "Beat"]),
        ("*a*", ["Ward", "Beat"]),
    ],
)
def test_columns_are_chosen_by_pattern(pattern, names):
    found = compare_profiles(OLD, NEW, include_columns=[pattern])
    assert [column.name for column in found] == names
    assert not set(names) & {
        column.name for column in compare_profiles(OLD, NEW, exclude_columns=pattern)
    }


def test_an_exact_name_is_no_pattern():
    profile = table(numbers([1], name="a*"), numbers([1], name="ab"))
    (found,) = compare_profiles(profile, profile, include_columns="a*")
    assert found.name == "a*"


def test_case_counts_in_patterns():
    with pytest.raises(NotFoundError, match=r"column 'w\*' is in neither profile"):
        compare_profiles(OLD, NEW, include_columns=["w*"])


def test_names_over_several_lines_match_patterns():
    profile = table(numbers([1], name="a\n[b]"), numbers([1], name="c"))
    assert len(compare_profiles(profile, profile, include_columns=["a*"])) == 1


def test_another_width_of_the_same_kind_is_compared():
    narrow, wide = (numbers([1, 2], kind=Kind.INTEGER, arrow_type=t) for t in ("int32", "int64"))
    found = compare_profiles(table(narrow), table(wide))
    assert found.retyped == ()
    assert found["x"].arrow_types == ("int32", "int64")
    assert compare_profiles(table(wide), table(wide))["x"].arrow_types is None


def test_numbers_of_another_kind_have_all_distances():
    whole, broken = numbers([1, 2, 3], kind=Kind.INTEGER), numbers([1.5, 2.5, 3.5])
    found = compare_profiles(table(whole), table(broken), histogram_compare_method=None)
    assert found.columns == ()
    assert found["x"] is found.retyped[0].difference
    assert found["x"].wasserstein == pytest.approx(0.5)
    assert all(each.value is not None for each in found["x"].distances.values())


def test_text_that_became_numbers_has_counts_and_reasons():
    found = compare_profiles(
        table(texts("1", None)), table(numbers([1, 2])), histogram_compare_method=None
    )["x"]
    assert (found.percent_missing, found.missing_in_percent) == (-0.5, -100.0)
    assert all(each.reason for each in found.distances.values())


def test_columns_in_another_order_are_said_to_be():
    assert not compare_profiles(OLD, OLD).reordered
    assert not compare_profiles(OLD, NEW).reordered
    swapped = Profile(NEW.columns[::-1], NEW.row_count, NEW.digest)
    assert compare_profiles(OLD, swapped).reordered
    assert not compare_profiles(OLD, swapped, exclude_columns=["Ward", "retyped"]).reordered


@pytest.mark.parametrize("option", ["include_columns", "exclude_columns"])
def test_an_unknown_column_is_named_with_near_names(option):
    with pytest.raises(NotFoundError, match=r"column 'Wrd' is in neither profile; .*'Ward'"):
        compare_profiles(OLD, NEW, **{option: ["Wrd"]})


@pytest.mark.parametrize(
    ("method", "names"),
    [
        ("wasserstein", {"wasserstein"}),
        ("ENERGY", {"energy"}),
        ("WASSERSTEIN", {"wasserstein"}),
        (["Energy", "wasserstein"], {"energy", "wasserstein"}),
        (None, set(DISTANCES)),
    ],
)
def test_the_method_chooses_the_distances(method, names):
    found = compare_profiles(OLD, NEW, histogram_compare_method=method)
    assert set(found["Ward"].distances) == names


def test_an_unknown_method_is_answered_with_the_known_ones():
    with pytest.raises(NotFoundError) as caught:
        compare_profiles(OLD, NEW, histogram_compare_method="waserstein")
    assert caught.value.fact == "no distance 'waserstein'; near names: 'wasserstein'"
    assert caught.value.hint == f"choose one of {', '.join(DISTANCES)}, or None for all"


def test_a_column_differs_by_current_minus_reference():
    ward = compare_profiles(OLD, NEW)["Ward"]
    assert (ward.min, ward.max, ward.median) == (1, 2, 1.5)
    assert ward.moments.mean == pytest.approx(1.5)
    assert ward.wasserstein == pytest.approx(1.5)
    assert ward.wasserstein_normalised == pytest.approx(1.5)
    assert ward.count_in_percent == pytest.approx(100 / 3)


def test_percentages_without_a_base_say_so():
    found = compare_profiles(table(texts("a", "b")), table(texts("", None)))["x"]
    assert (found.missing_in_percent, found.empty_in_percent) == (NO_BASE, NO_BASE)
    assert found.error_in_percent == 0.0
    assert found.percent_missing == 0.5
    assert found.not_missing_in_percent == -50.0


def test_dates_differ_by_seconds():
    found = compare_profiles(table(instants(0, 10, 20)), table(instants(60, 70, 85)))["x"]
    assert (found.min, found.max, found.median) == (60, 65, 60)
    assert found.quantiles == (60.0,) * 9
    assert found.moments == Moments()


def test_text_differs_in_counts_only():
    found = compare_profiles(table(texts("a", "b")), table(texts("a", "a")))["x"]
    assert (found.min, found.median, found.quantiles, found.wasserstein) == (None,) * 4
    assert found.distances["wasserstein"].reason == "text has no order to measure along"
    assert [each.percent for each in found.value_counts] == [100.0, -100.0]


def test_a_profile_does_not_differ_from_itself():
    profile = table(
        numbers(np.random.default_rng(0).standard_normal(5000), name="normal"),
        booleans(3, 4),
        nothing(name="nothing"),
    )
    found = compare_profiles(profile, profile, histogram_compare_method=None)
    assert found.identical
    assert [column.percent_missing for column in found] == [0, 0, 0]
    assert {each.value for column in found for each in column.distances.values()} == {0.0, None}


def test_the_same_rows_in_another_order_are_not_identical():
    other = Profile(OLD.columns, OLD.row_count, "22" * 32)
    assert not compare_profiles(OLD, other).identical


def test_stored_profiles_compare_like_fresh_ones():
    stored = [Profile.from_dict(json.loads(json.dumps(each.to_dict()))) for each in (OLD, NEW)]
    fresh = compare_profiles(OLD, NEW, histogram_compare_method=None)
    assert compare_profiles(*stored, histogram_compare_method=None).to_dict() == fresh.to_dict()


def test_a_difference_is_json():
    found = compare_profiles(OLD, NEW, reference_name="a", current_name="b")
    decoded = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (decoded["reference"], decoded["current"]) == ("a", "b")


def test_a_table_without_columns_is_compared():
    assert len(compare_profiles(table(), table())) == 0
