"""Words that a question about figures may hold besides its subject. A word outside tells that it is about more."""

from __future__ import annotations

import re

WORDS = """
a able aborted about above absolutely account accounts across activity actual actually add after afternoon
again against ago ahead ai all allocate allow almost alone along already also although altogether always am
amount amounts an analytics and another answer answered answers anthropic anticipate any anybody anymore
anyone anything apart api app application approximate are area around as aside ask asked asking assistant at
ate available average averages avg away back bad badly bar based be bear became because become been before
began behave behaved behaving behind being below best better between big bigger biggest bit both break
breakdown brief briefly bring broke broken bug burn burned burning busy but by call called calls calm came
can canceled cancelled cannot cant card change changed changes changing channel chart charts chat chats
chatted chatting check claude close colleague colleagues come comes coming common compare compared compares
comparing comparison complete completed completing concern concerned concerning connected consume consumed
consuming consumption conversation conversations cost costs could count counted counting counts created csv
cumulative current currently curve cut d daily data database date dates day days db dear detail detailed
details develop developed developing diagram did didnt difference different disk display distribution do
does doesn doesnt doing don done dont down drain draw drop dropped due during each earlier early easy eat
eaten effort either else end ended engagement enough entire especially estimate even evening ever every
everybody everyone everything evolve evolved evolving exact exactly exceed expect expected expecting expects
explain fable fail failed failing fails failure failures far fare fared faring fast faster favorite
favourite fetch few fewer figure figures fine finish finished finishing first fit folks for frequent
frequently friend from full further gave gemini general generate generated get gets getting give given gives
go goes going gone good google got gpt graph great grew group grouped grow growing grown growth guess guys
had haiku half handle handled happen happened happening happens hard has hasnt have haven havent having
health hello help here hey hi high higher highest hit hits hour hourly hours how hows i id idea if ill im
important improve improved improving in increase increased increasing individual info information input
inputs inside instant instead interrupted into is isn isnt it item items its itself ive job journal just
keep kept kind kinds know known large larger largest late lately latest layer least left less let lets level
levels like limit line list little live ll llm load log logs long longer look looked looking looks lot lots
low lower lowest m made main make makes making many mate matter max maximum may maybe me mean measure median
memory message messages metrics might min mine minimum minute minutes model models moment month monthly
months more morning most much must my myself name names near need needed needs network never new newest next
nice night no normal not notice noticed now number numbers of off often ok okay old on once one ones only
open openai opened opus or order other others ought our ours out output outputs outside outstanding over
overall overview own part parts past peak pending people per percent percentage percentile perform
performing perhaps person pick pie piece place plan planned plans please plot popular portion pretty
previous probably produce produced produces prominent proportion provide provider providers pull purpose
purposes put question questions queue queues quick quickly quiet quite ran rank ranked ranking rarely rate
rates rather ratio re reach read reads ready real really reason receive received recently reckon redis
regarding relative replies reply report reports reserve respect rest right rise risen rising roughly run
running runs s said same saw say says second seconds see seem seems seen seldom send sending sent separate
serve served server serves service services serving session sessions set several shall share shares short
should shouldnt show showing shown shows side simple since single size slow slower small smaller so some
somebody someone something sometimes somewhere sonnet soon sort sorted split spot spotted spread stand
standing stands start started starting state statement statistics status stay still stop stopped subtotal
such suddenly sum summarise summarize summary sums sure system t table take taken takes talk talked talking
tally team tell terms than thank thanks that the their them then there these they thing things think this
those though through thus time times to today together token tokens told tomorrow too took tool tools top
total totals toward trend trending trends try turn twice two type types typical typically under unit until
up upcoming update updates us usage use used user users uses using usual usually value values various ve
version versus very via view visualise visualize vs waiting wanna want wanted was wasn watch way we week
weekly weeks well went were what whats when whenever where wheres whether which while who whole whos whose
why will wish with within without won wonder wondering work worked working works workspace worried worries
worry worse worst worth would write writes writing written wrong wrote year yearly years yes yesterday yet
yields you your yours
"""
ORDINARY = frozenset(WORDS.split())
GUESSED = re.compile(r"\w{3,}(?:al|ent|ant|ed|ate|ing|ous|ful|iv|ive|ab|ib|er|t|s|d|k|h)ly|\w{3,}(?:ed|ing)")
PARTS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def foreign_words(text: str) -> list[str]:
    """The words of a lower-case text that no question about figures needs."""
    words = (word.replace("'s", "").replace("'", "") for word in PARTS.findall(text))
    return [word for word in words if word not in ORDINARY and not GUESSED.fullmatch(word) and len(word) > 1]


# A request for something this assistant does not do, whatever figures it names.
GENERAL = re.compile(
    r"^(?:(?:hi|hello|hey|please|(?:can|could|would|will) you(?: please)?|i (?:want|need|would like) you to|now|and|then"
    r"|ok|okay|let's|help me(?: to)?)\b[\s,.!]*)*"
    r"(?:(?:write|compose|draft|create|make|generate|give|tell|show|sing)(?: (?:me|us))?"
    r"(?: (?:a|an|the|some|my|short|long|funny|little|small|\w+))?(?: \w+)?"
    r" (?:poems?|haikus?|songs?|story|stories|jokes?|essays?|limericks?|letters?|e-?mails?|code|functions?|scripts?"
    r"|program|class|regex|query|sql|lyrics|article|blog|posts?|tweets?|speech|slogans?|rap|novel|recipes?|plays?)\b"
    r"|(?:translate|rewrite|rephrase|proofread|paraphrase|implement|program|code|debug|refactor|teach|define|imagine"
    r"|pretend|act as|invent|brainstorm|convert|solve|sing|recommend|compose)\b"
    r"|explain (?:to me )?(?:what|how|why|the (?:concept|idea|meaning|difference|theory))\b"
    r"|(?:what (?:is|are|does)|what's) (?:an?\b|(?:the )?(?:meaning|definition|difference)\b"
    r"|(?:tokens?|engagement|sentiment|metrics|costs?|sessions?|analytics|health)(?: mean)?\W*$))",
)
# “How do I …” asks for a way, and its “I” says nothing about whose figures are meant.
A_WAY = re.compile(
    r"\bhow (?:do|can|could|should|would|to|does) (?:i|we|you|one|it|they)?\b|\bhow to\b|\bshould (?:i|we)\b"
)
PERSONAL = re.compile(
    r"\b(?:i|i'm|i've|my|mine|me|we|we've|our|ours|us|everyone(?:'s)?|everybody(?:'s)?|workspace|team(?:'s)?|users?|"
    r"colleagues|company|organi[sz]ation)\b"
)
