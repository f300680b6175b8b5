"""Recognising that messages are looked for, and what should be in them."""

from __future__ import annotations

import re

SAID = (
    r"(?:says?|said|talk(?:ed)?|writ(?:e|ten)|wrote|discuss(?:ed)?|mention(?:ed)?|decided?|speak|spoken?"
    r"|agreed?(?: on)?|ask(?:ed)?|conclude[ds]?|bring up|brought up)"
)
HOLDING = (
    r"(?:about|regarding|concerning|mention(?:s|ed|ing)?|contain(?:s|ed|ing)?|related to|relating to|on the (?:subject|topic) of"
    r"|dealing with|deal with|to do with|covering|discussing|discuss|referring to|refer to|talking about|where|in which)"
)
THINGS = r"(?:messages?|conversations?|chats?|discussions?|threads?|notes?|sessions?|mentions?|posts?|texts?)"
SEARCH = re.compile(
    r"\b(?:search(?:ing)?(?! engines?)|locate|track down|dig (?:up|out)|look(?:ing)? for|hunt for)\b"
    r"|\bfind\b(?! out)|\blook(?:ing)? up\b"
    r"|\b(?:anything|something|everything) (?:(?:we|i|you|said|wrote|written|have) )*(?:about|regarding|mentioning|concerning)\b"
    rf"|\b{THINGS} (?:(?:i|we|you|that|which|from \w+|of mine|of ours|do|does|did|have|are|is|there) )*{HOLDING}\b"
    r"|\b(?:messages?|notes?) (?:with|on|of|from|since|sent|written)\b"
    rf"|\bwhat (?:(?:i|we|you|they|was|were|got|has been|did) )+{SAID}\b"
    rf"|\b(?:did|have|had|has|was|were|been|is) (?:(?:i|we|you|they|he|she|anyone|anybody|someone|somebody|everyone|ever|already"
    rf"|once|it|that|this|there|(?!to )[\w'-]+) ){{0,4}}{SAID}\b"
    rf"|\b(?:i|we|you|who|someone|anyone|anybody|somebody) (?:ever |already |once |have |had |has )*"
    r"(?:said|wrote|written|mentioned|discussed|talked|decided|agreed|brought up)\b"
    r"|\b(?:which|what) messages (?:did|have) (?:i|we) (?:send|sent|write|written)\b"
    r"|\bremind me (?:of |about |what )"
)
# Words of a search that ask for a figure after all.
NO_SEARCH = re.compile(
    r"\bhow many (?!.*\b(?:about|mention\w*|contain\w*|regarding|concerning)\b)"
    r"|\b(?:number|count|amount) of\b|\btopics?\b|\bsubjects?\b|\bthemes?\b|\babout (?:the )?most\b|\bmost (?:often|about|frequently)\b"
    r"|\bhow (?:much|often|fast|quickly|long|satisfied|happy)\b"
    r"|\b(?:find|look(?:ing)? (?:up|for)|search for|locate) (?:out )?(?:me )?(?:how (?:many|much)|who(?:'s| is)|(?:my|our|the) "
    r"(?:tokens?|token usage|costs?|usage|spending|(?:session )?metrics|(?:busiest|peak)\b|active sessions|system health)"
    r"\b(?! (?:messages|chats|discussion|thread|conversation)))"
    r"|\bfind (?:\w+ ){0,2}?(?:anomal\w+|unusual|spikes?|outliers|savings|(?:most|least) \w+|cheap\w+|ways?|busiest)\b"
    r"|\bfind (?:the |an? |any |all )?(?:bugs?|errors?|mistakes?|typos?) in\b|\bin this (?:function|code|text|file|sentence|program)\b"
    r"|\bby (?:day|model|provider|purpose|user)\b"
)
NAMED = re.compile(
    r"\b(?:about|regarding|concerning|mention(?:s|ed|ing)?|contain(?:s|ed|ing)?|related to|relating to|the (?:words?|phrase|term)"
    r"|on the (?:subject|topic) of|to do with|dealing with|discussing|discussed|decided on|agreed on)\s+(?P<subject>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
PASSIVE = re.compile(
    rf"\b(?:was|were|is|been|has)\s+(?P<subject>\S.*?)\s+(?:ever\s+|last\s+|first\s+|already\s+)?(?:been\s+)?{SAID}\b",
    re.IGNORECASE | re.DOTALL,
)
QUOTED = re.compile(r"[\"“„«](.+?)[\"”“»]|(?<!\w)['‘](.+?)['’](?!\w)", re.DOTALL)
LIMIT = re.compile(
    r"\b(?:last|latest|newest|first|top|up to|at most|only)\s+(?P<limit>\d{1,2}|three|five|ten)\b(?! (?:days|weeks|hours|months))",
    re.IGNORECASE,
)
FILLERS_WORDS = """
a about again agree agreed all an any anybody anyone anything are ask asked been bring brought can chat
chats concerning conclude concluded contain containing contains conversation conversations could decide
decided did discuss discussed discussion discussions do does earlier else ever every everybody everyone
everything find first for from get had has have history i if in is it last latest list me mention mentioned
mentioning mentions message messages my need newest note notes of old on one ones our out over past please
post posts previous recent regarding said say search sent session sessions show some something speak spoken
talk talked talking tell term that the there thing things thread threads through time times to top up us was
we were what when where whether which who with within word words workspace write written wrote you
"""
FILLERS = frozenset(FILLERS_WORDS.split())
TAIL_WORDS = """
again and anywhere at before chat chats conversation conversations during ever exactly from here in message
messages my of on our please sessions somewhere thanks workspace
"""
TAIL = frozenset(TAIL_WORDS.split())


def is_search(clause: str) -> bool:
    """Whether a lower-case clause asks for messages rather than figures."""
    return bool(SEARCH.search(clause)) and not NO_SEARCH.search(clause)


def subject_of(text: str) -> str:
    """What to search for: what is quoted, else what stands behind "about", else behind the verb and its small words.

    `text` has lost the words of its span already. Empty where nothing but a span was named.
    """
    if quoted := QUOTED.search(text):
        return (quoted[1] or quoted[2]).strip()
    if named := NAMED.search(text):
        text = named["subject"]
    elif passive := PASSIVE.search(text):
        text = passive["subject"]
    elif verb := SEARCH.search(text.lower()):
        text = text[verb.start() :] if verb[0].startswith(("what", "message", "note")) else text[verb.end() :]
    words = [bare for word in text.split() if (bare := word.strip("?!.,;:…()"))]
    while words and words[0].lower() in FILLERS:
        words.pop(0)
    while words and words[-1].lower() in TAIL:
        words.pop()
    return " ".join(words)


def limit_of(text: str) -> int | None:
    hit = LIMIT.search(text)
    if hit is None:
        return None
    raw = hit["limit"].lower()
    number = {"three": 3, "five": 5, "ten": 10}.get(raw) or int(raw)
    return min(50, max(1, number))
