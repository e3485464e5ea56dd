"""Regular expressions that people enter, held to a bounded cost.

Python's matcher tries alternatives one after the other, so a pattern like ``(a+)+b`` takes longer
than anybody waits. How many ways there are to try is known from the pattern: the choices of its
quantifiers and branches multiply, as long as nothing that has choices is itself repeated. What has
too many ways, or repeats a group, is refused when it is saved.
"""

import math
import re

try:
    from re import _constants as constants
    from re import _parser as parser
except ImportError:  # Python 3.10
    import sre_constants as constants
    import sre_parse as parser

MAX_LENGTH = 200  # characters of a pattern
MAX_TEXT = 254  # the longest address (RFC 5321); longer texts are cut before they are matched
MAX_WAYS = 3_000_000
_SINGLE = {constants.LITERAL, constants.NOT_LITERAL, constants.ANY, constants.IN}
_ANCHORS = {constants.AT}
_REPEATS = {
    getattr(constants, name)
    for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
    if hasattr(constants, name)
}


class PatternError(ValueError):
    """A pattern that is wrong or may cost too much; `reason` is one of wrong, long, costly, feature.

    :ivar detail: what exactly, in the words of the parser or the feature's name
    """

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def compile_pattern(text):
    """Return the compiled pattern, to be matched as a whole, without regard to case.

    :raises PatternError: wrong, or it may cost too much
    """
    if len(text) > MAX_LENGTH:
        raise PatternError("long")
    try:
        tree = parser.parse(text, re.IGNORECASE)
        compiled = re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError("wrong", str(error)) from error
    ways, open_ended = _ways(tree)
    # All open-ended parts share the characters of one text.
    if ways * math.comb(MAX_TEXT + open_ended, open_ended) > MAX_WAYS:
        raise PatternError("costly")
    return compiled


def matches(compiled, text):
    """Return whether the whole text matches."""
    return bool(compiled.fullmatch((text or "").strip()[:MAX_TEXT]))


def _ways(tree):
    """Return (ways to try, number of open-ended quantifiers) of a parsed pattern."""
    ways, open_ended = 1, 0
    for operator, value in tree:
        if operator in _SINGLE or operator in _ANCHORS:
            continue
        if operator in _REPEATS:
            least, most, inner = value
            single = len(inner) == 1 and inner[0][0] in _SINGLE
            if single:
                if most == constants.MAXREPEAT or most - least > MAX_TEXT:
                    open_ended += 1
                else:
                    ways *= most - least + 1
                continue
            if most != 1:
                raise PatternError("feature", "a group that is repeated")
            more, opened = _ways(inner)
            ways, open_ended = ways * (more + 1), open_ended + opened
        elif operator == constants.SUBPATTERN:
            more, opened = _ways(value[-1])
            ways, open_ended = ways * more, open_ended + opened
        elif operator == constants.BRANCH:
            results = [_ways(branch) for branch in value[1]]
            ways *= sum(more for more, _opened in results)
            open_ended += max(opened for _more, opened in results)
        else:
            raise PatternError("feature", str(operator).lower().replace("_", " "))
    return ways, open_ended
