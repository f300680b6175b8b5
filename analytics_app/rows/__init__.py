"""The rows behind the figures: model calls, sessions, messages, replies, tool calls."""

from .calls import KIND as CALLS
from .kind import Kind
from .messages import KIND as MESSAGES
from .replies import KIND as REPLIES
from .sessions import KIND as SESSIONS
from .tools import KIND as TOOLS

KINDS: dict[str, Kind] = {kind.key: kind for kind in (CALLS, SESSIONS, MESSAGES, REPLIES, TOOLS)}
