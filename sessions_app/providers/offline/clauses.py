"""A question in its parts: “How many tokens today, and what will next week cost?” asks two things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .families import FAMILIES, Family
from .searching import QUOTED, is_search
from .spans import Span, spans_of
from .vocabulary import A_WAY, GENERAL, PERSONAL, foreign_words

MOST_CLAUSES = 8
MOST_FOREIGN = 8
ASKING = (
    r"(?:how|what|what's|who|who's|which|when|where|is|are|did|do|does|show|tell|give|list|find|search|compare|can|could"
    r"|any|anything|has|have|check|will|should)"
)
BETWEEN = re.compile(
    rf"[.?!;\n]+(?:\s+|$)|[,;]?\s+(?:and|also|plus|then|but|or)\s+(?:also\s+|then\s+)?(?={ASKING}\b)|,\s+(?={ASKING}\b)",
    re.IGNORECASE,
)
EVERYONE = re.compile(
    r"\b(?:for |of |from |across |by |in |over |among )*(?:(?:absolutely )?every(?:one|body)(?:'s)?(?: else)?(?: together)?"
    r"|every (?:user|person|member)(?:'s)?|(?:all|other) (?:(?:of )?(?:the|our|my|us) )?(?:users?|people|members|accounts|colleagues|of us)(?:'s?)?"
    r"|(?:the |our )?(?:whole|entire|complete) (?:workspace|team|company|organi[sz]ation|installation|site|server|group|place|thing)"
    r"|(?:workspace|company|team|site|organi[sz]ation|system)[- ]wide|(?:our|the) (?:team|company|organi[sz]ation|department|people|users|group)(?:'s)?"
    r"|across (?:the )?(?:workspace|board|users)|(?:in|of) (?:the|this) workspace|the workspace's|all together)"
)
BY_USER = re.compile(
    r"\b(?:(?:by|per|each|every|which|what|for each|split by|top|biggest|heaviest|rank|rank the|compare) (?:users?|person|member|people|spenders?|colleagues?)"
    r"|who (?:spent|spends|used|uses|costs?|is using|has (?:used|spent)|consume[sd]?)(?: the)?(?: most)?|leader ?board)\b"
)
GROUPS = (
    ("user", BY_USER),
    (
        "day",
        re.compile(
            r"\b(?:by|per|each|every|a|which|for each|on which) (?:single )?days?\b|\bdaily\b|\bday by day\b|\bover time\b|\btrend\w*|\byesterday\b"
        ),
    ),
    ("provider", re.compile(r"\bproviders?\b")),
    ("purpose", re.compile(r"\bpurposes?\b|\bwhat for\b|\bon what\b|\bkinds? of calls?\b")),
    ("model", re.compile(r"\bmodels?\b")),
)
# A price of tokens is about costs alone, though it names both.
TOKEN_COST = re.compile(
    r"\btokens?(?= (?:costs?|pric\w+|spend\w*|bills?|budget|expens\w+)\b)"
    r"|(?:(?<=\bcost of )|(?<=\bcosts of )|(?<=\bprice of )|(?<=\bpay for )|(?<=\bpaid for )|(?<=\bspent on )|(?<=\bspend on ))"
    r"(?:my |our |the |all |these )*tokens?"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A family that a clause asks for, and where its first word stands."""

    family: Family
    place: int


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a question. `text` is as it was written, `lower` has the same length."""

    text: str
    lower: str
    spans: tuple[Span, ...]
    search: bool
    found: tuple[Found, ...]
    foreign: int

    @property
    def everyone(self) -> bool:
        return bool(EVERYONE.search(self.lower) or BY_USER.search(self.lower))

    @property
    def group(self) -> str:
        return next((name for name, words in GROUPS if words.search(self.lower)), "")

    @property
    def bare(self) -> bool:
        """Whether it names a span, a group or a scope and nothing else: “And this month?”"""
        if self.search or self.found or self.foreign:
            return False
        return bool(self.spans or self.group or self.everyone)


def clauses_of(question: str, today: date) -> list[Clause]:
    """The clauses that can be answered, and none where the question as a whole is about something else."""
    pieces = [piece for piece in _pieces(_straight(question)) if piece]
    if any(GENERAL.search(_lower(piece)) for piece in pieces):
        return []
    clauses = [_clause(piece, today) for piece in pieces[:MOST_CLAUSES]]
    if sum(clause.foreign for clause in clauses if not clause.search) > MOST_FOREIGN:
        return []
    return clauses


def _straight(text: str) -> str:
    return text.replace("’", "'").strip()


def _pieces(question: str) -> Iterator[str]:
    """Split outside of quotes, so that a quoted sentence stays whole."""
    held = QUOTED.sub(lambda hit: "\x00" * len(hit[0]), question)
    start = 0
    for cut in BETWEEN.finditer(held):
        yield question[start : cut.start()].strip()
        start = cut.end()
    yield question[start:].strip()


def _lower(text: str) -> str:
    """Lower case without a change of length."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _clause(text: str, today: date) -> Clause:
    lower = _lower(text)
    unquoted = QUOTED.sub(lambda hit: " " * len(hit[0]), lower)
    spans, rest = spans_of(unquoted, today)
    if is_search(unquoted):
        return Clause(text, lower, tuple(spans), True, (), 0)
    left = EVERYONE.sub(_blank, BY_USER.sub(_blank, rest))
    found, left = _families(TOKEN_COST.sub(_blank, rest), left)
    foreign = len(foreign_words(left))
    if foreign > _allowed(lower):
        found = []
    return Clause(text, lower, tuple(spans), False, tuple(found), foreign)


def _allowed(lower: str) -> int:
    """How many words of its own a question about this workspace may bring."""
    return 2 if PERSONAL.search(lower) and not A_WAY.search(lower) else 0


def _families(read: str, left: str) -> tuple[list[Found], str]:
    """The families whose words `read` holds; and `left` without those words."""
    found: list[Found] = []
    for family in FAMILIES:
        hits = list(family.words.finditer(read))
        if hits:
            found.append(Found(family, hits[0].start()))
        for hit in hits:
            read, left = (_cut(text, *hit.span()) for text in (read, left))
    for family in FAMILIES:
        if not found and (faint := family.faint.search(read)):
            found.append(Found(family, faint.start()))
            left = _cut(left, *faint.span())
    return sorted(found, key=lambda each: each.place), left


def _cut(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _blank(hit: re.Match[str]) -> str:
    return " " * len(hit[0])
