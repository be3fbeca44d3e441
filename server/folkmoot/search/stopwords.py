"""Words that ask rather than say what is looked for.

People type whole questions. These words are left out unless nothing else is
typed; words that are merely frequent need no list, since BM25 weighs them down.
Only the words of the language that a question is asked in are left out: "die" is an
article in German and a hard word in English.
"""

from __future__ import annotations

from collections.abc import Sequence

from folkmoot.search.text import PLAIN, fold

_GRAMMAR = """
a about after all also am an and any are as at be because been before being both
but by can could did do does doing done for from had has have having he her hers
him his how i if in into is it its just may me might more most much must my no nor
of on once only or other our ours out over own shall she should so some such than
that the their theirs them then there these they this those through to too under
until up us very was we were what when where which while who whom whose why will
with would you your yours
"""
_ASKING = """
discuss discussed discusses discussing discussion discussions debate debated
debates debating conversation summarise summarised summarize summarized summary
describe described explain explained explanation tell told say said saying says
talk talked talking talks mention mentioned mentions opinion opinions view views
think thinks thought thoughts believe believed meeting speaker speakers question
questioning questions regarding concerning
elaborate elaborated elaborates answer answered answers respond responded responds
response responses comment commented comments
"""
_OTHERS = {
    "finnish": """
    ja tai mutta että jos kun kuin koska sekä eli myös vain niin näin tämä tämän tätä
    nämä tuo tuon ne se sen sitä hän hänen he minä minun sinä me te on ovat oli olivat
    ole olla ei eivät en et emme joka jonka jotka mikä mitä missä mistä mihin milloin
    miksi miten kuka kenen onko voiko pitäisikö
    sanoi sanottiin keskusteltiin kertoi puhui puhuttiin mielestä kokous kokouksessa
    """,
    "spanish": """
    el la los las un una unos unas de del al a en con por para sin sobre entre hasta
    desde y e o u ni que qué como cómo cuando cuándo donde dónde quien quién quienes
    cual cuál cuales cuáles cuanto cuánto se su sus le les lo me mi te tu nos es son
    fue era fueron ser está están estaba hay ha han había no sí más muy pero si este
    esta estos estas ese esa eso esto
    dijo dijeron habló hablaron opinión opina reunión pregunta respondió
    """,
    "italian": """
    il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai
    alle da dal dalla in nel nella nei con su sul sulla per tra fra e ed o ma che chi
    cosa come quando dove perché quale quali quanto si ci ne non è sono era erano fu
    essere ha hanno aveva questo questa questi queste quello quella anche più se l d c
    un
    detto disse parlato parlò opinione riunione domanda risposto
    """,
    "dutch": """
    de het een en of maar van in op aan met voor door over bij naar uit tot om te dat
    die dit deze wat wie waar wanneer waarom hoe welke welk is zijn was waren wordt
    worden werd heeft hebben had hij zij ze we wij ik je u er niet geen ook als dan
    nog hun hem haar
    zei zegt gezegd gesproken besproken mening vindt vergadering vraag antwoord
    """,
    "estonian": """
    ja ning või aga et kui kuid sest see selle seda need nende neid ta tema nad mina
    ma sina sa meie me teie te on oli olid olema ole ei mis mida mille kes keda kelle
    kus kust kuhu millal miks kuidas kas milline ka veel siis nii
    ütles räägiti rääkis arvas arvamus koosolek koosolekul küsimus
    """,
    "swedish": """
    och eller men att som om när där den det de dem en ett i på av till från för med
    utan vid under över mellan är var vara varit har hade han hon vi ni jag du man
    inte också så än sin sitt sina denna detta dessa vad vem vilka vilken vilket hur
    varför vart kan ska skulle blev
    sade sa säger diskuterades diskuterade åsikt tycker mötet frågan svarade
    """,
    "polish": """
    i a oraz lub albo ale że żeby jak kiedy gdzie dlaczego czemu kto kogo co czego czy
    który która które jaki jaka jakie w we na z ze do od o u po za przez dla przy pod
    nad między jest są był była było byli być się nie to ten ta te tego tej tych jego
    jej ich go mu my wy on ona oni już też także
    powiedział powiedziała mówił mówiono opinia zebranie spotkanie pytanie
    """,
    "hungarian": """
    a az egy és vagy de hogy ha mint mert nem is csak meg már még ez azt ezt ennek
    annak ezek azok aki ami amely ki kit mi mit mikor hol hova honnan miért hogyan
    melyik milyen van vannak volt voltak lesz lett ő ők én te mi ti
    mondta mondták beszélt szó véleménye ülésen kérdés válaszolt
    """,
    "french": """
    le la les un une des de du au aux à en dans par pour sur avec sans sous entre vers
    et ou mais donc ni car que qui quoi quel quelle quels quelles dont où quand comment
    pourquoi combien est sont était étaient être a ont avait avoir il elle ils elles on
    nous vous je tu ce cet cette ces se sa son ses leur leurs ne pas plus y l d qu j m t
    s n c
    dit disait discuté parlé opinion avis réunion question répondu
    """,
    "german": """
    der die das den dem des ein eine einen einem einer eines und oder aber dass weil
    wenn als wie was wer wen wem wo wann warum wieso weshalb welche welcher welches
    welchen in im an am auf aus bei mit nach von vom zu zum zur für über unter durch
    um gegen ist sind war waren sein hat haben hatte wird werden wurde wurden er sie es
    wir ihr ich du man nicht auch noch nur sich so zwischen kann soll
    sagte sagten gesagt besprochen meinung meint sitzung frage fragte antwortete
    """,
    # Welsh is the one that has words here; what else is only folded has none.
    PLAIN: """
    y yr a ac yn i o ar am at gan dan dros drwy wrth er heb hyd rhwng neu ond os pan
    mae maent oedd yw ydy bod sydd fydd hwn hon hyn hynny ef hi nhw ni chi fi beth pwy
    ble pryd pam sut faint pa
    dywedodd trafod cyfarfod cwestiwn barn
    """,
}
_FILLER = {
    "english": frozenset((_GRAMMAR + _ASKING).split()),
    **{name: frozenset(map(fold, told.split())) for name, told in _OTHERS.items()},
}
_NONE: frozenset[str] = frozenset()


def fillers(typed: Sequence[str], languages: Sequence[str]) -> frozenset[str]:
    """The words that only frame this question.

    Of the languages that may be asked in, the first is the usual one; another's words
    count where more of them are typed.
    """
    said = {_bare(word) for word in typed}
    lists = [_FILLER.get(language, _NONE) for language in languages]
    # `max` keeps the first of equals.
    return max(lists, key=lambda each: len(said & each))


def is_filler(word: str, framing: frozenset[str]) -> bool:
    """Whether a folded word is one of those that `fillers` gave."""
    return _bare(word) in framing


def _bare(word: str) -> str:
    return word.removesuffix("'s")
