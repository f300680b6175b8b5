"""The passages that answer a question best, among videos this person may see.

The index gives the passages that hold the rarest words of the question, some hundreds; the best of these are read and
ranked here (`ranking`), so that a frequent word costs no more than a rare one and both databases find the same. Where
few videos are in question the index itself looks only there; otherwise it ranks first, and rights are asked of what
it found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType, SimpleNamespace
from uuid import UUID

from django.db.models import QuerySet

from sessions_app.agent import passages as told
from sessions_app.agent.passages import key_of

from . import index
from .fusion import fused
from .models import Passage, Video
from .ranking import Term, Text, rank, similarity, spread
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
    found = candidates(question, videos, seen, WIDE * limit)
    near: dict[int, float] = {}
    if vector is not None:
        near = dict(nearby(vector, seen, WIDE * limit))
        order = fused([[key for key, _ in found], list(near)])
        found = [(key, LOWER**place) for place, (key, _) in enumerate(order)]
    return chosen(question, found, seen, limit, near)


def candidates(
    question: str, videos: Sequence[UUID | str] | None, seen: QuerySet[Video], limit: int
) -> list[tuple[int, float]]:
    """Passages by their words with what they are worth, best first. `seen` are the videos in which to look, with rights
    asked, and already those of `videos` alone where these are named."""
    few = _few(seen)
    terms = terms_of(question, few)
    if not terms or few == []:
        return []
    rough = _rough(terms, few, seen)
    texts = _read(rough[:READ], seen)
    return [(each.text.key, each.score) for each in rank(texts, terms)[:limit]]


def chosen(
    question: str,
    found: Sequence[tuple[int, float]],
    seen: QuerySet[Video],
    limit: int,
    near: Mapping[int, float] = MappingProxyType({}),
) -> list[told.Passage]:
    """Of candidates, however they were found, those to give: with their words, without those that say the same. `near` says
    how near the meaning of some is to the question's."""
    terms = terms_of(question, _few(seen))
    by_key = {text.key: text for text in _read(found, seen)}
    there = [(by_key[key], score) for key, score in found if key in by_key]
    wanted = [term.forms.keys() for term in terms]
    held = {
        at: frozenset(number for number, forms in enumerate(wanted) if forms & set(text.words))
        for at, (text, _) in enumerate(there)
    }
    return [_told(text, terms, near.get(text.key, 0.0)) for text in spread(there, limit, held)]


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


def _few(seen: QuerySet[Video]) -> list[UUID] | None:
    """The videos, if they are few."""
    keys = list(seen.order_by().values_list("pk", flat=True)[: FEW + 1])
    return keys if len(keys) <= FEW else None


def _rough(
    terms: Sequence[Term], few: Sequence[UUID] | None, seen: QuerySet[Video]
) -> list[tuple[int, float]]:
    looks = _looks(terms, everywhere=few is None)
    if not looks:
        return []
    found = index.weighed(looks, few, ROUGH)
    if few is not None or len(found) < ROUGH:
        return found
    videos = dict(
        Passage.objects.filter(pk__in=[key for key, _ in found]).order_by().values_list("pk", "video")
    )
    may = set(seen.filter(pk__in=set(videos.values())).order_by().values_list("pk", flat=True))
    allowed = [each for each in found if videos.get(each[0]) in may]
    if len(allowed) >= ENOUGH:
        return allowed
    return index.weighed(looks, None, ROUGH, seen.order_by().values("pk"))


def _looks(terms: Sequence[Term], *, everywhere: bool) -> list[index.Look]:
    """What the index looks for: the rarest terms first, as long as they are not in too many passages together."""
    looks: list[index.Look] = []
    left = WALKED
    for term in sorted((term for term in terms if term.forms), key=lambda each: each.number):
        if everywhere and looks and term.number > left:
            break
        most = WALKED if everywhere else 0
        left -= term.number
        for share in dict.fromkeys(term.forms.values()):
            forms = tuple(form for form, counted in term.forms.items() if counted == share)
            weight = share * term.weight
            twice, thrice = (tuple(index.often_mark(times, form) for form in forms) for times in (2, 3))
            looks += [
                index.Look(forms, weight, "words", most),
                index.Look(twice, weight * 0.37, "marks", most),
                index.Look(thrice, weight * 0.2, "marks", most),
                index.Look(forms, weight * 0.25, "title", TITLES),
            ]
    return looks


def _read(found: Sequence[tuple[int, float]], seen: QuerySet[Video]) -> list[Text]:
    """Those that may be seen with their words, as they stand now. Passages by their keys and videos by theirs: a query of
    both would go through all passages of the videos."""
    columns = ("pk", "video", "transcript", "number", "start_ms", "end_ms", "text")
    rows = Passage.objects.filter(pk__in=[key for key, _ in found], current=True).order_by()
    passages = list(rows.values_list(*columns))
    videos = {
        key: (title, language, stems(title, language))
        for key, title, language in seen.filter(pk__in={row[1] for row in passages})
        .order_by()
        .values_list("pk", "title", "language")
    }
    return [
        Text(
            key,
            video,
            transcript,
            number,
            start,
            end,
            _stems(said, videos[video][1]),
            videos[video][2],
            videos[video][0],
            said,
        )
        for key, video, transcript, number, start, end, said in passages
        if video in videos
    ]


@lru_cache(maxsize=2048)
def _stems(text: str, language: str) -> tuple[str, ...]:
    """Kept for a while: passages never change, and the next question is often about the same videos."""
    return tuple(stems(text, language))
