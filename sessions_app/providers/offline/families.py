"""The kinds of questions, one for each tool: by which words each is known, and with what its tool is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

METRICS = "analyze_session_metrics"
TOKENS = "analyze_token_usage"
SEARCH = "search_session_messages"
ACTIVE = "get_active_sessions"
ENGAGEMENT = "analyze_engagement"
HEALTH = "check_system_health"
COSTS = "analyze_costs"

ANSWERS = r"(?:answers?|repl(?:y|ies)|responses?|assistant|first (?:words?|tokens?))"
CHATS = r"(?:sessions?|chats?|conversations?)"
# “engagement metrics” are engagement, whatever they are called.
REPORT = r"(?: (?:metrics?|stats|statistics|figures|numbers|kpis?|analytics|overview|summary|report|dashboard|data)\b)*"
SYSTEM = (
    r"(?:systems?|servers?|database|db|services?|app|application|site|channel layer|redis|journal|infrastructure"
    r"|everything|all systems|assistant|anthropic|api|providers?|workspace)"
)
MY = r"(?:my|our|the|this|all|their|everyone's|everybody's)"


@dataclass(frozen=True, slots=True)
class Family:
    """`words` choose it; `faint` ones do where no family has better. `usual` is the span where none is named.

    `doing` is said while its tool runs, `subject` names what is missing where the tool is not offered. `stand_in`
    is the tool that can answer the same in part.
    """

    tool: str
    usual: str
    doing: str
    subject: str
    words: re.Pattern[str]
    faint: re.Pattern[str] = re.compile(r"(?!)")
    stand_in: str = ""


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b{REPORT}")


# In this order: the words that chose one family are not read again by those after it.
FAMILIES = (
    Family(
        HEALTH,
        "",
        "Checking the system.",
        "the system's health",
        _words(
            r"(?<!mental )(?<!heart )(?<!my )health(?:y|ily|-?check)?",
            rf"{SYSTEM}(?:'s)? (?:status|state|load|performance|problems?|issues?|errors?|trouble|latency|check|lag)",
            rf"(?:is|are|does|do|has|have|did) (?:(?:the|our|my|all|any|every|of) )*(?:\w+ )?{SYSTEM}"
            r" (?:(?:still|currently|all|running|feeling|doing|seem|look|be|have|has|had|been|is|are|really|now|so|too|very) )*"
            r"(?:connected|healthy|ok|okay|up|down|working|work|running|run|fine|alright|alive|reachable|slow|broken|degraded|in order"
            r"|all right|well|stable|good|online|smoothly|respond|responding|trouble|problems|any problems|normal|available)",
            r"(?:claude|gemini|openai|gpt) (?:currently |still |now )*(?:reachable|up|down|working|available|ok|online)",
            rf"(?:status|state|condition) of (?:the |our |all )?{SYSTEM}",
            rf"how(?:'s| is| are) (?:the |our )?{SYSTEM}(?! use)",
            r"(?:error|failure) rates?",
            r"(?:any|recent|latest|which|what|many|the|other|current) (?:\w+ )?(?:errors?|failures?|outages?|incidents?)"
            r"|(?:errors?|failures?) (?:lately|recently|happened|today|now)|outages?|incidents?",
            r"journal(?: lag)?|channel layer|queued? (?:repl\w+|length|depth)|(?:repl(?:y|ies)|answers?) (?:\w+ )?queued|queued|backlog|uptime|diagnos\w+",
            r"(?:anything|something) (?:is )?(?:broken|wrong|down|failing|off)|what(?:'s| is) (?:broken|wrong|down|failing)",
            rf"(?:problems?|issues?|trouble|wrong|worry|concern|going on) (?:\w+ )?(?:on|with|in) (?:the |our )?{SYSTEM}",
            r"(?:failing|broken|unhealthy|which|the|all|system) components?",
            r"everything (?:ok|okay|fine|alright|all right|working|running|up|in order)",
            r"any (?:problems?|issues?|trouble)|things (?:ok|okay|working|running)",
            r"system status|status (?:page|check|report)",
        ),
        re.compile(r"^\W*(?:status|errors?|system|check (?:the )?system)\W*$|\bproviders? reachable\b"),
    ),
    Family(
        ACTIVE,
        "today",
        "Looking who is active.",
        "active sessions",
        _words(
            r"who(?:'s|'re| is| are| else is| else| all is| all are)? (?:else |all |using (?=this|it|the (?:app|workspace|system))|currently |now |still |also |right |presently )*"
            r"(?:online|active|here|around|connected|logged in|signed in|there|working|chatting|this|it|the (?:app|workspace|system))",
            r"who (?:was|has been|were|have been|all was) (?:\w+ )?(?:online|active|here|around|working|chatting)",
            r"online|logged in|signed in|page open|present right now",
            rf"active (?:\w+ )?(?:{CHATS}|users?|people|colleagues)",
            rf"(?:{CHATS}|users|people|repl(?:y|ies)|answers?|colleagues|anyone|anybody|someone|somebody|else)"
            r" (?:(?:is|are|was|were|have|has|been|do|i|we|currently|now|still|that|which|right) )*"
            r"(?:active|online|running|open|going on|in progress|under way|underway|ongoing|around|in use)",
            r"(?:is|was|are|were) (?!there\b)[\w.-]+ (?:(?:or|and|anyone|anybody|[\w.-]+|else|still|now|currently) ){0,4}(?:online|logged in)",
            r"(?:users|people|colleagues) (?:is |are |currently |now )*using (?:this|it|the (?:app|workspace|system))",
            rf"(?:running|open|live|ongoing|latest|newest|most recent|recent|current) (?:{CHATS}|repl(?:y|ies)|activity)",
            r"(?:what(?:'s| is)|anything|anybody|anyone|something) (?:\w+ )?(?:going on|running|happening|doing)",
            rf"(?:list|show)(?: me)? (?:all )?(?:{MY} )?(?:last |past )?{CHATS}",
            rf"(?:which|what) {CHATS} (?:did|have|was|were|are|am) (?:(?:i|we|been) )*(?:use|used|open|opened|active|working|work|in|in use)",
            r"(?:are|is) (?:\w+ )?(?:users?|people|colleagues|anyone|anybody|someone|somebody) (?:else )?(?:online|active|here|around|there)",
        ),
        re.compile(r"\bactive\b"),
    ),
    Family(
        ENGAGEMENT,
        "week",
        "Looking at engagement.",
        "engagement",
        _words(
            r"engag\w+",
            r"peak (?:\w+ )?(?:hours?|times?|days?|usage|activity|load)|peaks?",
            r"(?:busiest|quietest|most active|least active|most popular|most productive) (?:\w+ )?(?:hours?|times?|days?|weekdays?|users?|period)|busiest|quietest",
            r"(?:which|what|at what) (?:hours?|times?|weekdays?|days?)"
            r"(?: (?:am|are|is|do|does|did|was|were|has|have|of|the|week|day|i|we|people|users|everyone))+ (?:\w+ )?(?:most|busiest|active|busy|use|peak|write|chat)",
            r"when (?:am|are|is|do|does|did|was|were) (?:(?:i|we|people|users|everyone|the|workspace|team|it|most|my|our) )+"
            r"(?:\w+ ){0,2}(?:most|busiest|active|busy|peak|use|chat|write|work|here)",
            r"topics?|subjects?|themes?",
            r"mostly (?:talk|write|chat|ask|discuss)\w*|(?:talk\w*|chat\w*|writ\w+|ask\w*|discuss\w*) (?:\w+ )?about (?:the )?most|about (?:the )?most|most (?:often )?(?:about|discussed|talked about)",
            r"(?:people|users|everyone|everybody|they) (?:really |still )?(?:like|liked|enjoy|enjoyed|love)",
            r"what (?:is|are|am|was|were) (?:everyone|everybody|people|users|we|i|the team|our team) (?:mostly )?(?:talking|writing|asking|chatting) about",
            r"sentiments?|moods?|satisf\w+|dissatisf\w+|ratings?|rated|thumbs|feedback(?! (?:on|for|about) (?:my|this|an?|the) (?!answers?|repl|assistant|work))|tone|(?<!you )happy|happiness|unhappy|positive|negative",
            r"tool (?:usage|use|success|calls?|runs?|durations?)|(?:which|what) tools?|(?:how (?:often|much|well)) (?:are|were|do|did) (?:the |our |my )?tools",
            r"usage patterns?|heat ?map|hourly|by hour|per hour|by weekday|per weekday",
            r"how (?:active|busy|chatty|involved) (?:am|are|is|was|were|have|has)",
            r"activity (?:trends?|patterns?|levels?)|(?:trends?|patterns?) (?:in|of) (?:\w+ )?(?:activity|messages|sessions|use)",
        ),
        re.compile(r"\b(?:activity|trends?|trending|patterns?|habits?|popular)\b"),
    ),
    Family(
        COSTS,
        "month",
        "Adding up the costs.",
        "costs",
        _words(
            r"costs?|costing|costly|costliest",
            r"(?<!time )(?<!time i )(?<!time did i )spen[dt]\w*(?! (?:\w+ )?time)",
            r"bill|bills|billed|billing|invoiced|pric(?:e|es|ey|ing|iest)|charges?|charged|expens\w+|budget\w*|money|dollars?|usd|bucks",
            r"pay|paying|paid|pays|owe|financ\w+|overspend\w*",
            r"forecast\w*|projections?|projected|predict\w*|month[- ]end (?:\w+ )?(?:estimate|figure|total|sum)|burn rate|run rate",
            r"savings?|(?:save|cut|reduce|lower|saving) (?:\w+ ){0,2}(?:money|costs?|spending|expenses|bills?|here)|(?:could|can|should|might) (?:i|we) save",
            r"cheap\w*|anomal\w*|cost spikes?|unusual (?:days?|spend\w*|costs?)|outliers?",
        ),
        re.compile(
            r"\b(?:next|coming) (?:week|month|7 days|seven days)\b|\bunusual\b|\bspikes?\b|\bend of the month\b"
        ),
        stand_in=TOKENS,
    ),
    Family(
        TOKENS,
        "week",
        "Looking at the ledger.",
        "tokens",
        _words(
            r"(?<!first )tokens?|token[- ](?:use|usage|count|consumption)",
            r"usage|consumption",
            r"(?:model|llm|ai|api) calls?",
            r"most used models?|model (?:mix|share|split)",
            r"models? (?:\w+ ){0,3}(?:used?|using)|(?:prompt )?cach(?:e|ing)(?: reads?| writes?| hits?)?",
            r"how much (?:have|has|did|do) (?:i|we|everyone|everybody|it|each user|the team|the workspace) (?:use|used|consume|consumed)",
        ),
        re.compile(
            r"\b(?:models|providers|purposes)\b|\b(?:which|what) (?:model|provider|purpose)\b|\bhow much\b"
        ),
    ),
    Family(
        METRICS,
        "week",
        "Counting sessions and messages.",
        "session metrics",
        _words(
            rf"{CHATS} activity|(?:{CHATS}|messages?|usage|workspace|key|main|important) (?:metrics?|stats?|statistics|figures|numbers|kpis?|analytics|performance|counts?|summary|overview|report|data)",
            r"metrics?|kpis?|stats|statistics|analytics|overview|dashboard|summary",
            rf"(?:how many|number of|count of|amount of|total|count)(?: (?:of|my|our|the|all|new|different|user|multi-turn|failed|completed|stopped|interrupted|unfinished|separate))*"
            rf" (?:{CHATS}|messages?|questions?|answers?|repl(?:y|ies)|responses?|people)",
            rf"(?:response|answer|reply|waiting|answering|turnaround) times?|(?:time|latency) (?:to|until|till|before|of) (?:the )?(?:\w+ )?{ANSWERS}|latency",
            rf"how (?:fast|quick(?:ly)?|slow(?:ly)?|long|prompt(?:ly)?) (?:\w+ ){{0,4}}{ANSWERS}",
            r"how long (?:do|did|does) (?:i|we|it) (?:\w+ )?(?:wait|take)",
            rf"multi[- ]turn|first token|{ANSWERS} (?:\w+ ){{0,2}}(?:failed|completed|stopped|interrupted|fail)|(?:failed|completed|stopped|interrupted|unanswered) {ANSWERS}",
            rf"messages per {CHATS}|per {CHATS}|(?:average|typical) (?:number of |session |{CHATS})\w*",
            rf"how (?:did|was|were|is|are|'s) (?:{MY}) (?:{CHATS}|messages|repl(?:y|ies)|answers|numbers|figures)",
            r"how (?:productive|much (?:did|have) (?:i|we|everyone) (?:chat|chatted|write|written|ask|asked|work|worked))",
            rf"new {CHATS}|(?:{CHATS}|messages|questions|answers) (?:(?:did|have|has|do|were|was|i|we|this|in|by|per|each|a) )*(?:had|written|write|sent|send|started|start|created|asked|ask|given|day)",
        ),
        re.compile(
            r"\b(?:figures|numbers|performance|report|sessions|chats|conversations|messages|questions|answers|replies|summari[sz]e|recap)\b"
            r"|^\W*how (?:did|have|are|am) (?:i|we|things)(?: do| doing| done| go| gone| fare| been| going| look| looking|\s)*\W*$"
            r"|^\W*how (?:did|was|is|has) (?:my|our|the)\W*(?:go|been|look|looking|so|far|\s)*\W*$"
        ),
    ),
)
BY_TOOL = {family.tool: family for family in FAMILIES} | {
    SEARCH: Family(SEARCH, "all", "Searching your messages.", "your messages", re.compile(r"(?!)"))
}
