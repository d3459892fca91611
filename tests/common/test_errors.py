from synthinv.common.errors import LONGEST, SynthinvError, in_brief


def test_a_sentence_stays_one_line_whatever_it_quotes() -> None:
    assert str(SynthinvError("a\nb\x1b[31m é\ud800.wav: ×")) == "a\\nb\\x1b[31m é\\ud800.wav: ×"


def test_of_an_endless_sentence_both_ends_are_shown() -> None:
    shown = str(SynthinvError("a" + "b" * 10 * LONGEST + "c"))
    assert len(shown) == LONGEST + len(" … ")
    assert (shown[0], shown[-1]) == ("a", "c")


def test_another_librarys_message_is_shortened() -> None:
    assert in_brief(ValueError("no\n  good")) == "no good"
    assert in_brief(ValueError()) == "ValueError"
    assert len(in_brief(ValueError("x" * 1_000))) < 250


def test_a_systems_message_is_shown_without_its_number() -> None:
    assert in_brief(FileNotFoundError(2, "No such file or directory", "a")) == (
        "No such file or directory"
    )
    assert in_brief(OSError("odd")) == "odd"
