"""Tables of the product. Submodules are private; import from here.

Direction: fields <- people, sessions <- messages <- replies, usage.
"""

from .fields import MoneyField, uuid7
from .messages import Message, PendingMessage
from .people import ApiToken, AuditEntry, User
from .replies import Reply, ReplyChunk, RunnerProcess, ToolCall
from .sessions import ChatSession, SessionMember
from .usage import ModelPrice, TokenUsage

__all__ = [
    "ApiToken",
    "AuditEntry",
    "ChatSession",
    "Message",
    "ModelPrice",
    "MoneyField",
    "PendingMessage",
    "Reply",
    "ReplyChunk",
    "RunnerProcess",
    "SessionMember",
    "TokenUsage",
    "ToolCall",
    "User",
    "uuid7",
]
