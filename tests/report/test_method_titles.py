from typing import get_args

from synthinv.config.sections.solver import PatchSearchMethod
from synthinv.report.method_titles import METHOD_TITLES


def test_every_method_of_the_configuration_has_a_title() -> None:
    assert set(get_args(PatchSearchMethod)) == set(METHOD_TITLES)
