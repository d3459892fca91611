from synthinv.config.sections.patch_search import PatchSearchConfig
from synthinv.report.method_titles import METHOD_TITLES


def test_every_method_of_the_configuration_has_a_title() -> None:
    assert set(PatchSearchConfig().methods) == set(METHOD_TITLES)
