"""What may be remembered for a moment: in the process, or in Redis when one is set."""

from flask_caching import Cache

cache = Cache()
