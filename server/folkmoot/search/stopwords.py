"""Words that ask rather than say what is looked for.

People type whole questions. These words are left out unless nothing else is
typed; words that are merely frequent need no list, since BM25 weighs them down.
"""

from __future__ import annotations

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
_FILLER = frozenset((_GRAMMAR + _ASKING).split())


def is_filler(word: str) -> bool:
    """Whether a folded word only frames a question (English)."""
    return word.removesuffix("'s") in _FILLER
