"""How often anyone may do a thing."""

from flask import request, session
from flask_limiter import Limiter


def caller() -> str:
    """Who is counted: the address, an IPv6 one by its /64 since one person owns that many."""
    address = request.remote_addr or "unknown"
    return ":".join(address.split(":")[:4]) if ":" in address else address


def account() -> str:
    """Who is counted wherever they are: the account that is signed in; of visitors their address."""
    return f"account:{session.get('_user_id') or caller()}"


limiter = Limiter(caller, headers_enabled=True, in_memory_fallback_enabled=True)

WRITES = "60 per minute"
SEARCHES = "60 per minute"
SIGN_INS = "25 per 5 minutes"
SIGN_UPS = "10 per hour"
RECOVERIES = "5 per 30 minutes"
