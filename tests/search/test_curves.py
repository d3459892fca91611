import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from synthinv.search.curves import curve_table, errors_after, one_render, relative_to_one_step


@given(
    arrays.arrays(
        np.float64, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=st.integers(0, 5)
    )
)
def test_a_table_holds_the_whole_curve(errors: npt.NDArray[np.float64]) -> None:
    curves = np.minimum.accumulate(errors, axis=1)
    table = curve_table(range(len(curves)), list(curves))
    every = errors_after(table, range(1, curves.shape[1] + 1))
    np.testing.assert_array_equal(every, curves)


def test_a_table_has_only_the_falls_and_both_ends() -> None:
    table = curve_table([7], [np.array([5.0, 5.0, 3.0, 3.0, 3.0])])
    assert table.to_numpy().tolist() == [[7, 1, 5], [7, 3, 3], [7, 5, 3]]


def test_a_curve_that_ended_keeps_its_last_error() -> None:
    table = curve_table([0, 1], [np.array([5.0, 2.0]), np.array([4.0])])
    assert errors_after(table, [1, 2, 1000]).to_numpy().tolist() == [[5, 2, 2], [4, 4, 4]]


def test_a_prediction_is_a_curve_of_one_render() -> None:
    scores = pd.DataFrame(
        {
            "predictor": ["one_step", "random"],
            "index": [3, 3],
            "mss": [0.5, 9.0],
            "sot": [0.0, 0.0],
        }
    )
    table = one_render(scores, ["one_step"])
    assert table.to_dict("records") == [
        {"method": "one_step", "index": 3, "renders": 1, "mss": 0.5}
    ]


def test_the_unit_is_the_mean_one_step_error_and_curves_end_with_their_methods() -> None:
    table = pd.concat(
        [
            curve_table(range(2), [np.array([1.0]), np.array([3.0])]).assign(method="one_step"),
            curve_table(range(3), [np.array([8.0, 2.0])] * 2 + [np.array([8.0, 8.0])]).assign(
                method="x"
            ),
        ]
    )
    sums = relative_to_one_step(table, [1, 2, 5]).set_index(["method", "renders"])
    assert list(sums.index) == [("one_step", 1), ("x", 1), ("x", 2)]
    assert sums.loc[("one_step", 1), "mean"] == 1
    two = sums.reset_index().query("method == 'x' and renders == 2").to_dict("records")[0]
    assert (two["mean"], two["lower"], two["median"], two["upper"]) == (2, 1, 1, 2.5)
