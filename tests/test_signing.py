"""Signatures of incoming webhooks: only what was signed with the secret, as it was signed, and lately."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.signing import TOLERANCE, Signed, is_genuine, new_secret, signature

NOW = 1_796_030_562
# Of the tests of the libraries of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE = Signed(
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "1614265330",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    b'{"test": 2432232314}',
)

ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
bodies = st.binary(max_size=200)


def signed(secret: str, id: str, body: bytes, at: int = NOW) -> Signed:
    return Signed(id, str(at), signature(secret, id, str(at), body), body)


def test_the_example_of_the_standard_is_genuine() -> None:
    assert is_genuine(SECRET, EXAMPLE, 1614265330)


@given(ids, bodies, st.integers(-TOLERANCE, TOLERANCE))
def test_what_was_signed_lately_is_genuine(id: str, body: bytes, off: int) -> None:
    secret = new_secret()
    assert is_genuine(secret, signed(secret, id, body, NOW + off), NOW)


@given(ids, bodies, st.data())
def test_whatever_is_changed_afterwards_is_not(id: str, body: bytes, data: st.DataObject) -> None:
    secret = new_secret()
    came = signed(secret, id, body)
    changed = data.draw(
        st.sampled_from(
            [
                replace(came, id=f"{id}x"),
                replace(came, timestamp=str(NOW + 1)),
                replace(came, body=body + b" "),
                replace(came, signatures=came.signatures[:-2]),
                replace(came, signatures=came.signatures.replace("v1,", "v2,")),
                replace(came, signatures=""),
                replace(came, signatures="v1,é"),
                replace(came, timestamp=f"{NOW}.0"),
                replace(came, timestamp=""),
                replace(came, id=""),
                signed(new_secret(), id, body),
                signed(secret, id, body, NOW - TOLERANCE - 1),
                signed(secret, id, body, NOW + TOLERANCE + 1),
            ]
        )
    )
    assert not is_genuine(secret, changed, NOW)
    assert not is_genuine(None, came, NOW)


def test_one_of_several_signatures_is_enough() -> None:
    """A sender that changes its secret signs with both."""
    old, new = new_secret(), new_secret()
    came = signed(new, "a", b"{}")
    both = replace(came, signatures=f"{signature(old, 'a', str(NOW), b'{}')} {came.signatures} v1a,other")
    assert is_genuine(old, both, NOW)
    assert is_genuine(new, both, NOW)
    assert not is_genuine(new_secret(), both, NOW)
