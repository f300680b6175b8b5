import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.rendering import TextCleaner, clean_text

ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\r\n\0\ud83d\ude00\x85\x1b")), max_size=30)


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("a\0b\x1b[31mc\x7f\x9fd\te", "ab[31mcd\te"),
        ("a\x0cb\x0bc\x85d", "a\nb\nc\nd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\ud83db", "a\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\uffff\ufffe", "\ufffd\ufffd"),
        ("na\u00efve \u202e \U0001f469\u200d\U0001f680", "na\u00efve \u202e \U0001f469\u200d\U0001f680"),
    ],
)
def test_what_breaks_later_is_put_right_on_entry(given_text: str, cleaned: str) -> None:
    assert clean_text(given_text) == cleaned


@given(ANY_TEXT)
def test_cleaned_text_can_be_encoded_and_is_clean(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


@given(st.lists(ANY_TEXT, max_size=6))
def test_pieces_cleaned_one_by_one_are_the_whole_cleaned(pieces: list[str]) -> None:
    cleaner = TextCleaner()
    fed = "".join(cleaner.feed(piece) for piece in pieces) + cleaner.finish()
    assert fed == clean_text("".join(pieces))


def test_an_emoji_split_between_two_pieces_survives() -> None:
    cleaner = TextCleaner()
    assert [cleaner.feed("hi \ud83d"), cleaner.feed("\ude00!")] == ["hi ", "\U0001f600!"]
