"""What the offline assistant can be asked, and how it tells what a tool found. Pure text in, text out.

One row of INTENTS for each tool; the figures in an answer are those of the result and of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

WHAT_I_AM = (
    "I am the offline assistant of this workspace: a small program with fixed rules, not a language model."
)
WHAT_I_CAN = """I can look things up in your own data:

- **Tokens and costs**: “How many tokens did I use this week?”, “What did each model cost this month?”
- **Messages**: “Find messages about invoices”, “What did we say about the release yesterday?”"""
UNKNOWN = (
    f"I do not know how to answer that. {WHAT_I_AM} {WHAT_I_CAN}\n\n"
    "For anything else, staff can set up a model."
)
CANNOT_CONTINUE = (
    "I cannot pick up a text in the middle: I write each answer from figures. Ask the question again, and I will "
    "answer it whole."
)

PERIODS = (
    ("today", r"\btoday|\bthis (morning|afternoon|evening)\b|\b(last|past) 24 hours\b"),
    ("week", r"\bweek\w*|\byesterday\b|\b(last|past) (seven|7) days\b|\brecent\w*|\blately\b"),
    ("month", r"\bmonth\w*|\b(last|past) (thirty|30) days\b"),
    (
        "all",
        r"\ball[ -]time\b|\bever\b|\boverall\b|\bin total\b|\bso far\b|\baltogether\b"
        r"|\bsince the (start|beginning)\b",
    ),
)
GROUPS = (
    ("day", r"\b(by|per|each|every) day\b|\bdaily\b|\bday by day\b"),
    ("provider", r"\bproviders?\b"),
    ("purpose", r"\bpurposes?\b|\bwhat for\b"),
)


def period_of(question: str, usual: str) -> str:
    return next((name for name, words in PERIODS if re.search(words, question, re.I)), usual)


# ---------------------------------------------------------------- figures in words


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _many(value: Any, noun: str) -> str:
    return f"{_number(value):,} {noun}" + ("" if value == 1 else "s")


def _money(value: Any) -> str:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return "price unknown"
    return "under $0.0001" if 0 < amount < Decimal("0.00005") else f"${amount:,.4f}"


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _token_answer(result: Mapping[str, Any]) -> str:
    span = _span(result)
    if not result.get("calls"):
        return f"No model calls {span}, so no tokens were used and nothing was charged."
    kinds = (
        ("in", "input"),
        ("read from the cache", "cache_read"),
        ("written to it", "cache_write"),
        ("out", "output"),
    )
    split = ", ".join(f"{_number(result.get(f'{key}_tokens')):,} {words}" for words, key in kinds)
    cost = result.get("total_cost")
    charge = "The price of these calls is unknown." if cost is None else f"They cost **{_money(cost)}**."
    told = [
        f"You used **{_many(result.get('total_tokens'), 'token')}** in {_many(result['calls'], 'model call')} {span}: "
        f"{split}. {charge}"
    ]
    if cost is not None and result.get("unpriced_calls"):
        told.append(f"{_many(result['unpriced_calls'], 'call')} without a known price are not in that sum.")
    rows = [row for row in result.get("rows", []) if isinstance(row, Mapping)]
    return " ".join(told) + (f"\n\n{_token_table(result, rows)}" if rows else "") + _note(result)


def _token_table(result: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> str:
    lines = [
        f"| {_cell(result.get('group_by', 'group')).capitalize()} | Tokens | Calls | Cost |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {_cell(row.get('name', ''))} | {_number(row.get('total_tokens')):,} | {_number(row.get('calls')):,} "
        f"| {_money(row.get('total_cost'))} |"
        for row in rows
    ]
    return "\n".join(lines)


def _search_answer(result: Mapping[str, Any]) -> str:
    query, span = _plain(result.get("query", "")), _span(result)
    found = [hit for hit in result.get("messages", []) if isinstance(hit, Mapping)]
    if not found:
        return f"No message of yours holds “{query}” {span}."
    total = _number(result.get("total_found")) or len(found)
    shown = "" if len(found) >= total else f" The newest of them ({len(found)}):"
    told = [f"I found **{_many(total, 'message')}** with “{query}” {span}.{shown}", ""]
    told += [
        f"- {_link(hit)}, {hit.get('when', '')}, {hit.get('by', '')}: {_plain(hit.get('snippet', ''))}"
        for hit in found
    ]
    return "\n".join(told) + _note(result)


def _link(hit: Mapping[str, Any]) -> str:
    title = _plain(hit.get("session") or "New session")
    link = str(hit.get("link", ""))
    return f"[{title}]({link})" if re.fullmatch(r"/[\w/#-]+", link) else title


def _plain(text: Any) -> str:
    """Quoted text is shown as it is: its own markdown must not become ours."""
    return re.sub(r"([\\`*_\[\]<>#|~$])", r"\\\1", " ".join(str(text).split()))


def _span(result: Mapping[str, Any]) -> str:
    period = str(result.get("period", ""))
    return {"last 7 days": "in the last 7 days", "all time": "in all time"}.get(
        period, period
    ) or "in this period"


def _note(result: Mapping[str, Any]) -> str:
    return f"\n\n{result['note']}" if result.get("note") else ""


# ---------------------------------------------------------------- what can be asked


def _token_arguments(question: str) -> dict[str, Any]:
    group = next((name for name, words in GROUPS if re.search(words, question, re.I)), "model")
    return {"time_range": period_of(question, "week"), "group_by": group}


SAID = r"(?:say|said|talk(?:ed)?|writ(?:e|ten)|wrote|discuss(?:ed)?|mention(?:ed)?|decided?|speak|spoken?)"
SEARCH = re.compile(
    r"\b(?:find|search(?:ing)?|look(?:ing)? (?:for|up))\b"
    r"|\b(?:show|get|list|give)\b(?=.*\b(?:messages?|conversations?|chats?)\b)"
    rf"|\b(?:did|have|had) (?:we|i|you|anyone) (?:ever |already )?{SAID}\b",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"\b(?:about|regarding|mentioning|containing)\s+(?P<subject>.+)", re.IGNORECASE | re.DOTALL
)
SPANS = re.compile(
    r"\b(?:(?:from|in|during|of) )?(?:the )?"
    r"(?:today|yesterday|(?:this|last|past) (?:week|month)|(?:last|past) \w+ days|all time|so far)\b",
    re.IGNORECASE,
)
FILLER_WORDS = (
    "a about all any anything chat chats contain containing contains conversation conversations earlier ever "
    "everything for from history i in me mention mentioned mentions message messages my of old on our please "
    "said say session sessions that the through to up we where which with wrote you"
)
FILLERS = frozenset(FILLER_WORDS.split())


def _search_arguments(question: str) -> dict[str, Any]:
    quoted = re.search(r"[\"“„](.+?)[\"”“]", question)
    subject = quoted[1] if quoted else _subject(question)
    return {"query": subject[:300], "time_range": period_of(question, "all")}


def _subject(question: str) -> str:
    """What to search for: what stands behind "about", else behind the verb and its small words."""
    text = SPANS.sub(" ", question)
    if named := SUBJECT.search(text):
        text = named["subject"]
    elif verb := SEARCH.search(text):
        text = text[verb.end() :]
    words = [bare for word in text.split() if (bare := word.strip("?!.,;:"))]
    while words and words[0].lower() in FILLERS:
        words.pop(0)
    while words and words[-1].lower() in {"messages", "message", "please", "chats", "conversations"}:
        words.pop()
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing that can be asked: its `words` in a question choose the tool, its `answer` tells the result.

    An intent that is `alone` keeps the ones after it from reading the same question. `subject` names what is
    missing where the tool is not offered.
    """

    tool: str
    words: re.Pattern[str]
    arguments: Callable[[str], dict[str, Any]]
    answer: Callable[[Mapping[str, Any]], str]
    doing: str
    subject: str
    alone: bool = False


INTENTS = (
    Intent(
        tool="search_session_messages",
        words=SEARCH,
        arguments=_search_arguments,
        answer=_search_answer,
        doing="Searching your messages.",
        subject="your messages",
        alone=True,
    ),
    Intent(
        tool="analyze_token_usage",
        words=re.compile(
            r"\btokens?\b|\bcosts?\b|\bspen[dt]\w*|\bbill(ed|ing)?\b|\busage\b|\bpric(e|ey|ing)\b|\bcharged?\b"
            r"|\bexpens\w+|\bhow much (money|have i|did (i|we|it|this|that))\b|\bmodel calls\b",
            re.I,
        ),
        arguments=_token_arguments,
        answer=_token_answer,
        doing="Looking at the ledger.",
        subject="tokens and costs",
    ),
)

SMALL_TALK = (
    (
        r"^\W*(help|what can you do|how does this work|what do you do|commands?)\b|\bwhat can (i|you)\b",
        WHAT_I_CAN,
    ),
    (
        r"\b(who|what) are you\b|\bare you (claude|chatgpt|an? (model|ai|bot)|human)\b"
        r"|\bwhich model are\b|\byour name\b",
        f"{WHAT_I_AM} {WHAT_I_CAN}",
    ),
    (
        r"^\W*(hi|hello|hey|good (morning|afternoon|evening|day)|greetings|moin|hallo)\b",
        f"Hello. {WHAT_I_AM} {WHAT_I_CAN}",
    ),
    (r"^\W*(thanks?|thank you|thx|cheers|great|perfect)\b", "You are welcome."),
    (r"^\W*(bye|goodbye|see you)\b", "Goodbye. Everything here is kept."),
)

TITLE_OPENING = re.compile(
    r"^\W*((hi|hello|hey)\b([\s,.!]+there\b)?|please\b|(can|could|would) you( please)?\b"
    r"|i (want|need|would like) to\b|help me( to)?\b|tell me\b)[\s,.!:]*",
    re.I,
)


def intents_of(question: str) -> list[Intent]:
    """The intents a question holds, in the order of the table."""
    found: list[Intent] = []
    for intent in INTENTS:
        if intent.words.search(question):
            found.append(intent)
            if intent.alone:
                break
    return found


def title_of(message: str) -> str:
    """At most six words of the first message, without its greeting."""
    line = next((line for line in message.splitlines() if line.strip()), "")
    while (rest := TITLE_OPENING.sub("", line)) and rest != line:
        line = rest
    words = re.sub(r"[#*_`>]+", "", line).split()[:6]
    title = " ".join(words).strip(" .,;:?!")[:80]
    return title[:1].upper() + title[1:] or "New session"
