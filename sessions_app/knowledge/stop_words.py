"""Words that say nothing about what a question is about, by language, without accents; and what English bends irregularly."""

from __future__ import annotations

_ENGLISH = """
a about actually after again all almost also although always am an and any anybody anyone anything are aren around as ask
at be became because become been before being both but by can cannot cant could couldn d describe did didn do does doesn
doing don done each either else ever every everything exactly explain few for from get gets getting give given gives go
goes going gonna got had hadn happen happens has hasn have haven having he her here hers him his how however i if in
instead into is isn it its itself just kind let lets like ll m make makes many may maybe me mean means mention mentioned
mentions might mine more most much must my myself need needed needs neither no nobody none nor not nothing of off often oh
ok okay on once one ones only or other others our ours out over own perhaps please quite rather re really s said same say
saying says shall shan she should shouldn show since so some somebody someone something sometimes somewhat sort still such
suppose supposed t tell tells than that the their theirs them themselves then there therefore these they thing things this
those though through thus to together too try two um until up upon us use used uses using usually ve very video videos want
was wasn way ways we well were weren what whatever when whenever where whether which while who whole whom whose why will
with within without won would wouldn yeah yes yet you your yours yourself
"""
_GERMAN = """
aber alle allem allen aller alles als also am an andere anderen anderer anderes auch auf aus bei beim bin bis bist bitte da
dabei dadurch dafur dagegen daher damit danach dann daran darauf daraus darf darin darum das dass davon dazu dein deine dem
den denn der deren des dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch eben ein eine einem
einen einer eines einfach einige einmal er erklare es etwas euch euer fur ganz gar geben gegen gehen geht genau gesagt gibt
habe haben hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jedem jeden
jeder jedes jetzt kann kannst kein keine keinen konnen konnte machen macht man mein meine mehr mich mir mit muss mussen nach
nicht nichts noch nun nur ob oder ohne sagt sagen sehr sein seine seinem seinen seiner sich sie sind so solche soll sollen
sollte sondern sonst um und uns unser unter video videos viel vom von vor wann war waren warum was weil welche welchem
welchen welcher welches wenn wer werde werden weshalb wie wieder wieso will wir wird wo wofur womit woran worauf wozu wurde
wurden zu zum zur zwischen uber
"""
_FRENCH = """
a afin ai ainsi alors apres as au aucun aussi autre aux avait avant avec avoir beaucoup bien c ca car ce ceci cela celle
celui ces cet cette ceux chaque chez comme comment d dans de depuis des dit doit donc dont du elle elles en encore entre est
et etait ete etre eu explique faire fait faut il ils j je jusqu l la le lequel les leur leurs lorsque lui m ma mais me meme
mes mieux moi moins mon n ne ni nos notre nous on ont ou par parce parle pas pendant peu peut plus pour pourquoi pouvez
puis qu quand que quel quelle quelles quels quelque quelques qui quoi s sa sans se sera ses si soit son sont sous sur t ta
te tes toi ton tous tout toute toutes tres tu un une va vers video videos vos votre vous y
"""
_SPANISH = """
a al algo algun alguna algunas alguno algunos ante antes aqui asi aun aunque bien cada como con cual cuales cuando cuanto de
debe deben del desde dice donde dos e el ella ellas ellos en entre era es esa esas ese eso esos esta estaba estan estar
estas este esto estos explica fue fueron ha hace hacen hacer haber habia han has hasta hay he la las le les lo los mas me mi
mis mucho muy nada ni no nos nosotros o otra otras otro otros para pero poco por porque puede pueden puedo que quien quienes
se sea segun ser si sin sobre son su sus tal tambien tan tanto te tener tiene tienen todo todos tu tus un una unas uno unos
usted va video videos y ya yo
"""
_ITALIAN = """
a abbiamo ad agli ai al alla alle allo altri altro anche ancora avere c che chi ci cio come con cosa cosi cui d da dagli dai
dal dalla dalle de deve degli dei del della delle dello dentro di dice dopo dove due e ed era erano essere fa fare fra gli ha
hanno ho i il in io l la le lei li lo loro lui ma mai me mi mia mio molto ne negli nei nel nella nelle no noi non nostro o
ogni per perche piu poi prima puo quale quali quando quanto quella quelle quelli quello questa queste questi questo qui se
sei senza si sia sono sopra spiega stato su sua sue sugli sul sulla suo suoi te ti tra tu tua tuo tutti tutto un una uno va
vi video voi
"""
_PORTUGUESE = """
a ainda ao aos apenas aquela aquele aqueles aquilo as ate bem cada com como da das de deve devem dela dele deles depois diz do
dos e ela elas ele eles em entre era essa essas esse esses esta estao estar estas este estes eu explica faz fazer foi foram ha
isso isto ja la lhe mais mas me mesmo meu meus minha muito muitos na nao nas nem no nos nossa nosso o onde os ou para pela
pelas pelo pelos pode podem por porque posso qual quais quando que quem se seja sem ser seu seus so sobre sua suas tal tambem
tao te tem ter teu toda todas todo todos tu tua um uma umas uns vai video videos voce voces
"""
_DUTCH = """
aan al alle alleen alles als altijd andere ben bij daar dan dat de der deze die dit doch doen doet door dus een eens en er
ervan geen gaan gaat geeft haar had hebben heb heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kunnen kun laten
leg maar maken me meer men met mij mijn moet moeten na naar niet niets nog nu of om omdat onder ons ook op over te tegen toch
toen tot uit uw van veel video videos voor waar waarom wanneer waren was wat we wel welk welke werd wie wij wil worden wordt
zal ze zei zeggen zegt zelf zich zij zijn zo zonder zou
"""
_SWEDISH = """
alla allt att av bara bli blir da dar de dem den denna deras dess dessa det detta dig din du efter eller en er ett fran for
forklara fore ga gor gora ha har hade han hans hon honom hos hur i icke in ingen inte jag ju kan man med mellan men mer mig min
mot mycket ni nar nagon nagot nu och om oss pa saga sager sa sedan sig sin sina ska skulle som till under upp ut vad var varfor
vara vart vem vi video vid vilka vilken vilket at ar over
"""
_RUSSIAN = """
а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее если есть еще же за
здесь и из или им их к как какая какие какои когда которая которые которыи кто ли либо мне может можно мы на надо наш не него
нее нет ни них но ну о об однако он она они оно от очень по под после потому почему при про с сам свои себя со так также такои
там те тем то того тоже тои только том ты у уже чего чем что чтобы чье эта эти это этого этои этом этот я видео
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(_ENGLISH.split()),
    "de": frozenset(_GERMAN.split()),
    "fr": frozenset(_FRENCH.split()),
    "es": frozenset(_SPANISH.split()),
    "it": frozenset(_ITALIAN.split()),
    "pt": frozenset(_PORTUGUESE.split()),
    "nl": frozenset(_DUTCH.split()),
    "sv": frozenset(_SWEDISH.split()),
    "ru": frozenset(_RUSSIAN.split()),
}

_BENT = """
be:am,is,are,was,were,been begin:began,begun bend:bent bind:bound bite:bit,bitten blow:blew,blown break:broke,broken
bring:brought build:built burn:burnt burst:bursted buy:bought catch:caught choose:chose,chosen come:came deal:dealt dig:dug
draw:drew,drawn dream:dreamt drink:drank,drunk drive:drove,driven eat:ate,eaten fall:fell,fallen feed:fed feel:felt
fight:fought find:found fly:flew,flown forget:forgot,forgotten freeze:froze,frozen give:gave,given grind:ground grow:grew,grown
hang:hung hear:heard hide:hid,hidden hold:held keep:kept know:knew,known lay:laid lead:led lean:leant learn:learnt leave:left
lend:lent lie:lay,lain light:lit lose:lost make:made mean:meant meet:met melt:molten pay:paid ride:rode,ridden ring:rang,rung
rise:rose,risen run:ran see:saw,seen seek:sought sell:sold send:sent shake:shook,shaken shine:shone shoot:shot
show:shown shrink:shrank,shrunk sing:sang,sung sink:sank,sunk sit:sat sleep:slept slide:slid smell:smelt speak:spoke,spoken
spell:spelt spend:spent spill:spilt spin:spun spoil:spoilt spring:sprang,sprung stand:stood steal:stole,stolen
stick:stuck sting:stung strike:struck swear:swore,sworn sweep:swept swell:swollen swim:swam,swum swing:swung take:took,taken
teach:taught tear:tore,torn tell:told think:thought throw:threw,thrown understand:understood wake:woke,woken wear:wore,worn
weave:wove,woven win:won wind:wound write:wrote,written child:children foot:feet goose:geese man:men mouse:mice tooth:teeth
woman:women leaf:leaves knife:knives half:halves life:lives loaf:loaves shelf:shelves wife:wives wolf:wolves
good:better,best bad:worse,worst far:further,farther
"""
# "saw", "ground", "wound", "left", "lay", "rose" and "found" are words of their own too: they stay as they are.
_OWN = {"saw", "ground", "wound", "left", "lay", "rose", "found", "bit", "bound", "better", "best", "leaves"}
IRREGULAR: dict[str, str] = {
    bent: plain
    for plain, _, forms in (entry.partition(":") for entry in _BENT.split())
    for bent in forms.split(",")
    if bent not in _OWN
}
