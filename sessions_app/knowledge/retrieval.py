"""The passages that answer a question best, among videos this person may see.

The index gives the passages that hold the rarest words of the question, some hundreds; the best of these are read and
ranked here (`ranking`), so that a frequent word costs no more than a rare one and both databases find the same. Where
few videos are in question the index itself looks only there; otherwise it ranks first, and rights are asked of what
it found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from sessions_app.agent import passages as told
from sessions_app.agent.passages import key_of

from . import index
from .fusion import fused
from .models import Passage, Video
from .ranking import Ranked, Term, Text, rank, similarity, spread
from .terms import terms_of
from .vectors import Vector
from .vectors.searching import nearby
from .words import stems

MOST = 8
FEW = 60  # videos among which the index looks itself
ROUGH = 400  # passages the index gives
READ = 100  # of them that are read and ranked
ENOUGH = 40  # of those given that may be seen; with fewer, rights are asked of all that hold the words
WALKED = 80_000  # passages the index looks at for a question, about: more frequent words are left out
TITLES = 4_000  # passages whose title holds a word
LOWER = 0.9  # what a place further down in the fused ranking is worth
WIDE = 5  # candidates for each passage that is wanted


class Named(NamedTuple):
    """A video that may be seen: its title, also as stems."""

    title: str
    language: str
    stems: tuple[str, ...]


Few = dict[UUID, Named]


def retrieve(
    *,
    user_id: int,
    question: str,
    videos: Sequence[UUID | str] | None = None,
    limit: int = MOST,
    vector: Vector | None = None,
) -> list[told.Passage]:
    """The best passages, best first, with their words; of `videos` alone where they are named. Rights are asked here: what
    this person may not see is left out, whatever is named. `similarity` says what part of the question, by the weight of
    its words, a passage says. With the `vector` of the question (`embedding.of_question`) those of like meaning are found
    too, both rankings are fused, and the similarity is the higher of the two."""
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id))
    if videos is not None:
        seen = seen.filter(pk__in=keys_of(videos))
    few = _few(seen)
    terms = terms_of(question, None if few is None else list(few))
    found = [(each.text, each.score) for each in _by_words(terms, few, seen)[: WIDE * limit]]
    near: dict[int, float] = {}
    if vector is not None:
        near = dict(nearby(vector, seen, WIDE * limit))
        texts = {text.key: text for text, _ in found}
        order = fused([list(texts), list(near)])
        texts |= {text.key: text for text in _read(near.keys() - texts.keys(), few, seen)}
        found = [(texts[key], LOWER**place) for place, (key, _) in enumerate(order) if key in texts]
    return [_told(text, terms, near.get(text.key, 0.0)) for text in spread(found, limit, _held(found, terms))]


def _by_words(terms: Sequence[Term], few: Few | None, seen: QuerySet[Video]) -> list[Ranked]:
    """Passages by their words, best first."""
    if not terms or few == {}:
        return []
    rough = _rough(terms, few, seen)
    return rank(_read([key for key, _ in rough[:READ]], few, seen), terms)


def _held(found: Sequence[tuple[Text, float]], terms: Sequence[Term]) -> dict[int, frozenset[int]]:
    """Which words of the question each says."""
    wanted = [term.forms.keys() for term in terms]
    said = [set(text.words) for text, _ in found]
    return {
        at: frozenset(number for number, forms in enumerate(wanted) if not forms.isdisjoint(words))
        for at, words in enumerate(said)
    }


def _told(text: Text, terms: Sequence[Term], near: float) -> told.Passage:
    near = max(near, similarity(text.words, text.title, terms))
    key, video = key_of(text.key), str(text.video)
    return told.Passage(key, video, text.called, text.start_ms, text.end_ms, near, text.said)


def keys_of(videos: Sequence[UUID | str]) -> list[UUID]:
    """Those that are keys at all: what a session holds may come from elsewhere."""
    keys = []
    for video in videos:
        try:
            keys.append(UUID(str(video)))
        except ValueError:
            continue
    return keys


def _few(seen: QuerySet[Video]) -> Few | None:
    """The videos, if they are few."""
    rows = list(seen.order_by().values_list("pk", "title", "language")[: FEW + 1])
    return _named(rows) if len(rows) <= FEW else None


def _named(rows: Iterable[tuple[UUID, str, str]]) -> Few:
    return {key: Named(title, language, _stems(title, language)) for key, title, language in rows}


def _rough(terms: Sequence[Term], few: Few | None, seen: QuerySet[Video]) -> list[tuple[int, float]]:
    if few is not None:
        looks = _looks_in(terms, few)
        return index.weighed(looks, list(few), ROUGH) if looks else []
    looks = _looks(terms)
    found = index.weighed(looks, None, ROUGH) if looks else []
    if len(found) < ROUGH:
        return found
    videos = dict(
        Passage.objects.filter(pk__in=[key for key, _ in found]).order_by().values_list("pk", "video")
    )
    may = set(seen.filter(pk__in=set(videos.values())).order_by().values_list("pk", flat=True))
    allowed = [each for each in found if videos.get(each[0]) in may]
    if len(allowed) >= ENOUGH:
        return allowed
    return index.weighed(looks, None, ROUGH, seen.order_by().values("pk"))


def _looks_in(terms: Sequence[Term], few: Few) -> list[index.Look]:
    """What the index looks for in few videos. Their titles are known here, and how often a word is said shows when the
    passages are ranked: few are left out."""
    looks: list[index.Look] = []
    for term in terms:
        for share, forms in _forms(term):
            weight = share * term.weight
            named = [key for key, video in few.items() if not set(forms).isdisjoint(video.stems)]
            looks.append(index.Look(forms, weight, "words"))
            if named:
                looks.append(index.Look(tuple(map(index.video_mark, named)), weight * 0.25, "marks"))
    return looks


def _looks(terms: Sequence[Term]) -> list[index.Look]:
    """What the index looks for in all: the rarest terms first, as long as they are not in too many passages together."""
    looks: list[index.Look] = []
    left = WALKED
    for term in sorted((term for term in terms if term.forms), key=lambda each: each.number):
        if looks and term.number > left:
            break
        left -= term.number
        for share, forms in _forms(term):
            weight = share * term.weight
            twice, thrice = (tuple(index.often_mark(times, form) for form in forms) for times in (2, 3))
            looks += [
                index.Look(forms, weight, "words", WALKED),
                index.Look(twice, weight * 0.37, "marks", WALKED),
                index.Look(thrice, weight * 0.2, "marks", WALKED),
                index.Look(forms, weight * 0.25, "title", TITLES),
            ]
    return looks


def _forms(term: Term) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Those that count the same, together."""
    for share in dict.fromkeys(term.forms.values()):
        yield share, tuple(form for form, counted in term.forms.items() if counted == share)


def _read(keys: Collection[int], few: Few | None, seen: QuerySet[Video]) -> list[Text]:
    """Those that may be seen with their words, as they stand now. Passages by their keys and videos by theirs: a query of
    both would go through all passages of the videos."""
    if not keys:
        return []
    columns = ("pk", "video", "transcript", "number", "start_ms", "end_ms", "text")
    rows = list(Passage.objects.filter(pk__in=keys, current=True).order_by().values_list(*columns))
    if few is None:
        these = seen.filter(pk__in={row[1] for row in rows}).order_by()
        few = _named(these.values_list("pk", "title", "language"))
    return [
        Text(
            key,
            video,
            transcript,
            number,
            start,
            end,
            _stems(said, named.language),
            named.stems,
            named.title,
            said,
        )
        for key, video, transcript, number, start, end, said in rows
        if (named := few.get(video))
    ]


@lru_cache(maxsize=2048)
def _stems(text: str, language: str) -> tuple[str, ...]:
    """Kept for a while: passages never change, and the next question is often about the same videos."""
    return tuple(stems(text, language))
