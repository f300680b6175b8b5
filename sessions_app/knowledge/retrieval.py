"""The passages that answer a question best, among videos this person may see.

The index gives the passages that hold the rarest words of the question, some hundreds; the best of these are read and
ranked here (`ranking`), so that a frequent word costs no more than a rare one and both databases find the same. Where
few videos are in question the index itself looks only there; otherwise it ranks first, and rights are asked of what
it found.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sessions_app.agent import passages as told
from sessions_app.agent.passages import key_of

from . import index
from .models import Passage, Video
from .ranking import Term, Text, rank, similarity, spread
from .terms import terms_of
from .words import stems

MOST = 8
FEW = 60  # videos among which the index looks itself
ROUGH = 400  # passages the index gives
READ = 120  # of them that are read and ranked
ENOUGH = 40  # of those given that may be seen; with fewer, rights are asked of all that hold the words
WALKED = 80_000  # passages the index looks at for a question, about: more frequent words are left out
TITLES = 4_000  # passages whose title holds a word
WIDE = 5  # candidates for each passage that is wanted


def retrieve(
    *, user_id: int, question: str, videos: Sequence[UUID | str] | None = None, limit: int = MOST
) -> list[told.Passage]:
    """The best passages, best first, with their words; of `videos` alone where they are named. Rights are asked here: what
    this person may not see is left out, whatever is named. `similarity` says what part of the question, by the weight of
    its words, a passage says."""
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id))
    if videos is not None:
        seen = seen.filter(pk__in=keys_of(videos))
    found = candidates(question, videos, seen, WIDE * limit)
    return chosen(question, found, seen, limit)


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
    texts = _read(rough, seen if few is None else few)
    return [(each.text.key, each.score) for each in rank(texts, terms)[:limit]]


def chosen(
    question: str, found: Sequence[tuple[int, float]], seen: QuerySet[Video], limit: int
) -> list[told.Passage]:
    """Of candidates, however they were found, those to give: with their words, without those that say the same."""
    terms = terms_of(question, _few(seen))
    keys = [key for key, _ in found]
    rows = Passage.objects.filter(pk__in=keys, current=True, video__in=seen.values("pk"))
    by_key = {row.pk: row for row in rows.select_related("video").defer("transcript").order_by()}
    there = [(_Read(by_key[key], terms), score) for key, score in found if key in by_key]
    held = {at: each.held for at, (each, _) in enumerate(there)}
    return [each.told for each in spread(there, limit, held)]


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
    keys = [key for key, _ in found]
    may = set(Passage.objects.filter(pk__in=keys, video__in=seen.values("pk")).values_list("pk", flat=True))
    if len(may) >= ENOUGH:
        return [each for each in found if each[0] in may]
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


def _read(rough: Sequence[tuple[int, float]], seen: Any) -> list[Text]:
    """The best of them with their words, as they stand now."""
    scores = dict(rough[:READ])
    rows = Passage.objects.filter(pk__in=scores, current=True, video__in=seen).order_by()
    columns = (
        "pk",
        "video",
        "transcript",
        "number",
        "start_ms",
        "end_ms",
        "text",
        "video__title",
        "video__language",
    )
    texts: list[Text] = []
    named: dict[UUID, list[str]] = {}
    for key, video, transcript, number, start, end, text, title, language in rows.values_list(*columns):
        words = stems(text, language)
        if video not in named:
            named[video] = stems(title, language)
        texts.append(Text(key, video, transcript, number, start, end, words, named[video], scores[key]))
    return texts


class _Read:
    """A passage that was found, with what it holds of the question."""

    def __init__(self, row: Passage, terms: Sequence[Term]) -> None:
        self.row, self.video = row, row.video_id
        self.start_ms, self.end_ms = row.start_ms, row.end_ms
        words, title = stems(row.text, row.video.language), stems(row.video.title, row.video.language)
        said = set(words)
        self.held = frozenset(at for at, term in enumerate(terms) if said & term.forms.keys())
        self.near = similarity(words, title, terms)

    @property
    def told(self) -> told.Passage:
        row, video = self.row, str(self.row.video_id)
        key = key_of(row.pk)
        return told.Passage(key, video, row.video.title, row.start_ms, row.end_ms, self.near, row.text)
