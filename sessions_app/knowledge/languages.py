"""Languages of videos by their tags."""

from __future__ import annotations

from functools import cache

from django.conf.locale import LANG_INFO


@cache
def names() -> dict[str, str]:
    """Tags and English names of the usual languages, by name."""
    found = {tag: str(info["name"]) for tag, info in LANG_INFO.items() if "name" in info}
    return dict(sorted(found.items(), key=lambda each: each[1]))


def name_of(tag: str) -> str:
    """The name of a language; of one that is not known its tag."""
    known = names()
    low = tag.lower()
    found = known.get(low) or known.get(low.partition("-")[0])
    return found or tag


def choices(chosen: str) -> dict[str, str]:
    """What a form offers: the usual ones, and the chosen one where it is none of them."""
    known = names()
    return known if chosen in known else {**known, chosen: name_of(chosen)}
