"""Groups of parameters that are active together."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.history import COMPLETE
from tunesmith.samplers.groups import Groups
from tunesmith.samplers.ranked import Standing
from tunesmith.space import Categorical, Float, Int, Space

NESTED = Space(
    l1=Float(0.0, 1.0, when={"penalty": "elastic"}),
    model=Categorical("svm", "tree"),
    seed=Int(3, 3),
    penalty=Categorical("l2", "elastic", when={"model": "svm"}),
    c=Float(1e-3, 1e3, log=True, when={"model": "svm"}),
    depth=Int(1, 9, when={"model": "tree"}),
    scale=Float(0.0, 1.0),
)


def names(space: Space, groups: Groups) -> list[set[str]]:
    return [{space.encoding.names[c] for c in group.columns} for group in groups.all]


def test_equal_conditions_make_a_group_and_parents_come_first() -> None:
    groups = Groups.of(NESTED, 1)
    found = names(NESTED, groups)
    assert found == [{"l1"}, {"model", "scale"}, {"penalty", "c"}, {"depth"}]
    assert [[found[i] for i in depth] for depth in groups.depths] == [
        [{"model", "scale"}],
        [{"penalty", "c"}, {"depth"}],
        [{"l1"}],
    ]
    assert groups.conditional
    assert not Groups.of(Space(a=Float(0, 1), b=Int(1, 3)), 1).conditional


def test_trials_stand_in_the_groups_that_they_hold() -> None:
    groups, where = Groups.of(NESTED, 1), Standing(COMPLETE, 0.0, (1.0,))
    configs = [
        {"model": "tree", "seed": 3, "depth": 2, "scale": 0.5},
        {"model": "svm", "seed": 3, "penalty": "l2", "c": 1.0, "scale": 0.5},
        {"model": "tree", "seed": 3, "depth": 99, "scale": 0.5},  # from before the range was narrowed
    ]
    for place, x in enumerate(NESTED.encoding.encode(configs)):
        groups.put(place, x, where)
    assert [sorted(group.ranked.standings) for group in groups.all] == [[], [0, 1, 2], [1], [0]]


def test_optional_parameters_part_when_a_trial_holds_half_of_them() -> None:
    space = Space({name: Float(0.0, 1.0, optional=True) for name in "abcd"})
    groups = Groups.of(space, 1)
    assert names(space, groups) == [{"a", "b", "c", "d"}]
    assert not groups.refine(np.array([0.1, 0.2, 0.3, 0.4]))
    assert groups.refine(np.array([0.1, 0.2, np.nan, np.nan]))
    assert names(space, groups) == [{"c", "d"}, {"a", "b"}]
    assert not groups.refine(np.array([np.nan, np.nan, 0.3, 0.4]))
    assert groups.refine(np.array([0.1, np.nan, np.nan, np.nan]))
    assert sorted(map(sorted, names(space, groups))) == [["a"], ["b"], ["c", "d"]]


def test_axes_know_cells_choices_and_hints() -> None:
    from tunesmith.space import Near, Ordinal

    space = Space(
        lr=Float(1e-4, 1.0, log=True, prior=Near(1e-2, 5)),
        units=Int(1, 3, log=True),
        size=Ordinal("s", "m"),
        wide=Int(0, 10**6),
        kind=Categorical("a", "b", prior=(1.0, 3.0)),
    )
    lr, units, size, wide, kind = Groups.of(space, 1).axes
    assert lr.hint == pytest.approx((0.5, 0.2))
    assert units.edges is not None
    assert units.edges.tolist() == pytest.approx(np.log(np.array([1, 3, 5, 7])) / np.log(7))  # of .5, 1.5, 2.5, 3.5
    assert size.edges is not None
    assert size.edges.tolist() == [0.0, 0.5, 1.0]
    assert wide.edges is None
    assert wide.choices == 0
    assert kind.weights is not None
    assert kind.weights.tolist() == [0.25, 0.75]
