"""Eyes in doubt are one sentence, however many there are."""

from fundusfm.data.inputs.doubts import doubts_text


def test_photographs_are_named_with_the_reason() -> None:
    assert doubts_text([("a", ""), ("b", "")]) == ""
    assert doubts_text([("a", "x against y"), ("b", "")]) == "the eye of 1 photograph is in doubt: a (x against y)"
    many = doubts_text([(str(number), "why") for number in range(9)])
    assert many.startswith("the eye of 9 photographs is in doubt: 0 (why); 1 (why)")
    assert many.endswith("4 (why) and 4 more")
