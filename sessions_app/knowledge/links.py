"""Addresses of videos elsewhere: which are taken, and how each is opened at a second. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

LONGEST = 2000
HERE = "{at}"  # stands for the second in `at_any_second`


def checked_url(given: str) -> str:
    """The address, trimmed. Raises ValueError with the end of a sentence for what is none of a page of the web."""
    url = given.strip()
    if len(url) > LONGEST:
        raise ValueError(f"must have at most {LONGEST:,} characters.")
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https") or any(each.isspace() for each in url):
        raise ValueError("must be an address that begins with https:// or http://.")
    if parts.username or parts.password:
        raise ValueError("must not hold a name or password: everybody who may see the video sees it.")
    return url


def at_second(url: str, ms: int) -> str:
    """The address that begins there, as the place understands it; seconds are whole."""
    return at_any_second(url).replace(HERE, str(ms // 1000))


def at_any_second(url: str) -> str:
    """As `at_second`, with `{at}` in the place of the second."""
    url = url.replace("{", "%7B").replace("}", "%7D")
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host in ("youtube.com", "youtu.be", "youtube-nocookie.com", "music.youtube.com"):
        return _queried(parts, drop=("t", "start", "time_continue"))
    if host in ("loom.com", "dropbox.com"):
        return _queried(parts, drop=("t",))
    if parts.fragment and not parts.fragment.startswith("t="):
        return url  # a page that leads itself by its fragment
    ending = f"t={HERE}s" if host in ("vimeo.com", "player.vimeo.com") else f"t={HERE}"
    return parts._replace(fragment=ending).geturl()


def _queried(parts: SplitResult, drop: tuple[str, ...]) -> str:
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in drop]
    query = urlencode(kept)
    return parts._replace(query=f"{query}{'&' if query else ''}t={HERE}", fragment="").geturl()
