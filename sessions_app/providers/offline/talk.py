"""What is said without looking anything up: what this assistant is and can, small talk, titles."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from .families import ACTIVE, COSTS, ENGAGEMENT, HEALTH, METRICS, SEARCH, TOKENS

WHAT_I_AM = (
    "I am the offline assistant of this workspace: a small program with fixed rules, not a language model."
)
CAN = {
    METRICS: "**Session metrics**: “How are my session metrics this week?”, “How fast are the answers?”",
    TOKENS: "**Tokens and costs**: “How many tokens did I use this week?”, “Tokens by model this month”",
    COSTS: "**Budgets**: “What will next week cost?”, “Where can I save money?”",
    SEARCH: "**Messages**: “Find messages about invoices”, “What did we talk about yesterday?”",
    ACTIVE: "**Who is active**: “Who is online?”, “Which sessions are active today?”",
    ENGAGEMENT: "**Engagement**: “How is engagement trending?”, “What are my busiest hours?”",
    HEALTH: "**Health**: “Is everything working?”",
}
NOTHING = "My tools are not there at the moment, so I cannot look anything up."
CANNOT_CONTINUE = (
    "I cannot pick up a text in the middle: I write each answer from figures. Ask the question again, and I will "
    "answer it whole."
)
WHAT_FOR = "What should I look for? Name a word of the message, as in “Find messages about invoices”."

HELP = re.compile(
    r"^\W*(?:please )?(?:help(?: me)?(?: please)?|commands?|(?:show me )?(?:your |the )?(?:tools|options|menu|examples?))\W*$"
    r"|\bwhat (?:all )?(?:can|could|do) you (?:do|know|answer|offer|help)\b|\bwhat (?:can|may|could|should) i (?:ask|do here|say)\b"
    r"|\bwhat are you (?:able|good)\b|\bhow does this work\b|\bhow can you help\b|\bwhat else can you\b",
    re.IGNORECASE,
)
WHO = re.compile(
    r"\b(?:who|what) are you\b|\bare you (?:an? |really |actually |the )*(?:claude|chat ?gpt|gpt|anthropic|gemini|model|ai|bot|llm"
    r"|human|person|language model|robot|real)\b|\bwhich (?:\w+ )?model are\b|\bwhat(?: \w+)? model are\b|\byour name\b"
    r"|\bam i (?:talking|speaking|chatting) (?:to|with)\b",
    re.IGNORECASE,
)
HELLO = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|moin|hallo|how are you)\b",
    re.IGNORECASE,
)
SHORT = (
    (re.compile(r"^\W*(?:many )?(?:thanks?|thank you|thx|cheers|great|perfect)\b", re.I), "You are welcome."),
    (re.compile(r"^\W*(?:bye|goodbye|see you)\b", re.I), "Goodbye. Everything here is kept."),
)
TITLE_OPENING = re.compile(
    r"^\W*((hi|hello|hey)\b([\s,.!]+there\b)?|please\b|(can|could|would) you( please)?\b"
    r"|i (want|need|would like) to\b|help me( to)?\b|tell me\b)[\s,.!:]*",
    re.IGNORECASE,
)


def what_i_can(offered: Collection[str]) -> str:
    """Only what the offered tools make possible."""
    lines = [f"- {line}" for tool, line in CAN.items() if tool in offered]
    if not lines:
        return NOTHING
    return "\n".join(["I can look things up in this workspace:", "", *lines])


def small_talk(question: str, offered: Collection[str]) -> str:
    """The answer to a question that is about the assistant itself or a courtesy; empty for any other."""
    if WHO.search(question):
        return f"{WHAT_I_AM} {what_i_can(offered)}"
    return what_i_can(offered) if HELP.search(question) else ""


def courtesy(question: str, offered: Collection[str]) -> str:
    """The answer to a greeting, thanks or a goodbye, else that the question is beyond this assistant."""
    if HELLO.search(question):
        return f"Hello. {WHAT_I_AM} {what_i_can(offered)}"
    short = next((answer for words, answer in SHORT if words.search(question)), "")
    return short or unknown(offered)


def unknown(offered: Collection[str]) -> str:
    return (
        f"I do not know how to answer that. {WHAT_I_AM} {what_i_can(offered)}\n\n"
        "For anything else, staff can set up a model."
    )


def cannot_look_up(subject: str, tool: str) -> str:
    return f"I cannot look up {subject}: the tool {tool} is not there."


def title_of(message: str) -> str:
    """At most six words of the first message, without its greeting; of a card, what it says and not how it is marked."""
    said = (line for line in message.splitlines() if line.strip() and not line.startswith("<workspace-data "))
    line = next(said, "")
    while (rest := TITLE_OPENING.sub("", line)) and rest != line:
        line = rest
    words = re.sub(r"[#*_`>]+", "", line).split()[:6]
    title = " ".join(words).strip(" .,;:?!")[:80]
    return title[:1].upper() + title[1:] or "New session"


def summary_of(material: str) -> str:
    """What was asked, a line each: the first words after each “Person:”, below those of an earlier summary."""
    former, _, rest = material.rpartition("</earlier-summary>")
    asked = [line for before, line in pairwise(rest.splitlines()) if before == "Person:" and line.strip()]
    earlier = [line[2:] for line in former.splitlines() if line.startswith("- ")]
    kept = [*earlier, *(" ".join(line.split())[:120] for line in asked)][-30:]
    return "What was asked so far:\n" + "\n".join(f"- {line}" for line in kept) if kept else ""
