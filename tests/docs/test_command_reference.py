from command_reference import PAGE, page


def test_the_reference_says_what_the_commands_say() -> None:
    hint = "run `python tests/docs/command_reference.py`"
    assert PAGE.read_text(encoding="utf-8") == page(), hint
