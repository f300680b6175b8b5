"""Tables of the product. Submodules are private; import from here.

Direction: fields <- people, sessions <- messages <- replies, usage, marks, search, attachments; drafts stand on
sessions, rights and idempotency on people; mcp stands alone.
"""

from .attachments import Attachment
from .drafts import Draft, SessionTemplate
from .fields import MoneyField, uuid7
from .idempotency import IdempotencyKey
from .marks import Mark
from .mcp import McpServer, McpTool
from .messages import Message, PendingMessage
from .people import ApiToken, AuditEntry, User
from .replies import Chore, Reply, ReplyChunk, RunnerProcess, ToolCall
from .rights import PremiumUse, ToolConsent
from .search import SearchEntry
from .sessions import ChatSession, OpenTab, SessionMember, SessionTag, Visit
from .usage import ForeignUsage, ModelPrice, TokenUsage

__all__ = [
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "ChatSession",
    "Chore",
    "Draft",
    "ForeignUsage",
    "IdempotencyKey",
    "Mark",
    "McpServer",
    "McpTool",
    "Message",
    "ModelPrice",
    "MoneyField",
    "OpenTab",
    "PendingMessage",
    "PremiumUse",
    "Reply",
    "ReplyChunk",
    "RunnerProcess",
    "SearchEntry",
    "SessionMember",
    "SessionTag",
    "SessionTemplate",
    "TokenUsage",
    "ToolCall",
    "ToolConsent",
    "User",
    "Visit",
    "uuid7",
]
