"""Tables of the product. Submodules are private; import from here.

Direction: fields <- people, sessions <- messages <- replies, usage, marks, search, attachments; drafts stand on
sessions, rights and idempotency on people; summaries, activity on messages; webhooks on sessions; plugins on people;
mcp and offers stand alone.
"""

from .activity import ActivityEvent, CarriedEvent, EventReceipt
from .attachments import Attachment
from .drafts import Draft, SessionTemplate
from .fields import MoneyField, uuid7
from .idempotency import IdempotencyKey
from .marks import Mark
from .mcp import McpServer, McpTool
from .messages import Message, PendingMessage, opening_words
from .offers import ModelOffer, ProviderState
from .people import ApiToken, AuditEntry, User
from .plugins import PluginChoice, PluginState
from .replies import Chore, Reply, ReplyChunk, RunnerProcess, ToolCall
from .rights import PremiumUse, ToolConsent
from .search import SearchEntry
from .sessions import ChatSession, OpenTab, SessionMember, SessionTag, Visit
from .summaries import Summary
from .usage import ForeignUsage, ModelPrice, TokenUsage
from .webhooks import SessionWebhook

__all__ = [
    "ActivityEvent",
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "CarriedEvent",
    "ChatSession",
    "Chore",
    "Draft",
    "EventReceipt",
    "ForeignUsage",
    "IdempotencyKey",
    "Mark",
    "McpServer",
    "McpTool",
    "Message",
    "ModelOffer",
    "ModelPrice",
    "MoneyField",
    "OpenTab",
    "PendingMessage",
    "PluginChoice",
    "PluginState",
    "PremiumUse",
    "ProviderState",
    "Reply",
    "ReplyChunk",
    "RunnerProcess",
    "SearchEntry",
    "SessionMember",
    "SessionTag",
    "SessionTemplate",
    "SessionWebhook",
    "Summary",
    "TokenUsage",
    "ToolCall",
    "ToolConsent",
    "User",
    "Visit",
    "opening_words",
    "uuid7",
]
