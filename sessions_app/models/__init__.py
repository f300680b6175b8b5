"""Tables of the product. Submodules are private; import from here.

Direction: fields <- people, sessions <- messages <- replies, usage, marks, search; rights stands on people; mcp stands alone.
"""

from .fields import MoneyField, uuid7
from .marks import Mark
from .mcp import McpServer, McpTool
from .messages import Message, PendingMessage
from .people import ApiToken, AuditEntry, User
from .replies import Reply, ReplyChunk, RunnerProcess, ToolCall
from .rights import PremiumUse, ToolConsent
from .search import SearchEntry
from .sessions import ChatSession, SessionMember
from .usage import ModelPrice, TokenUsage

__all__ = [
    "ApiToken",
    "AuditEntry",
    "ChatSession",
    "Mark",
    "McpServer",
    "McpTool",
    "Message",
    "ModelPrice",
    "MoneyField",
    "PendingMessage",
    "PremiumUse",
    "Reply",
    "ReplyChunk",
    "RunnerProcess",
    "SearchEntry",
    "SessionMember",
    "TokenUsage",
    "ToolCall",
    "ToolConsent",
    "User",
    "uuid7",
]
