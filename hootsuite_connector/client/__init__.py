"""Hootsuite's APIs: one class, one method per endpoint."""

from .directory import DirectoryCalls
from .errors import classify, quota
from .figures import FigureCalls
from .inbox import InboxCalls
from .publishing import PublishingCalls


class HootsuiteClient(DirectoryCalls, PublishingCalls, FigureCalls, InboxCalls):
    """All calls of one Hootsuite account; see the parts for what there is.

    Not here: SCIM and Amplify, which no feature needs, and figures of paid campaigns.
    """


__all__ = ["HootsuiteClient", "classify", "quota"]
