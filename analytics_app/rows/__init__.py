"""The rows behind the figures: model calls, replies, tool calls, sessions."""

from .calls import KIND as CALLS
from .kind import Kind
from .replies import KIND as REPLIES
from .sessions import KIND as SESSIONS
from .tools import KIND as TOOLS

KINDS: dict[str, Kind] = {kind.key: kind for kind in (CALLS, SESSIONS, REPLIES, TOOLS)}
