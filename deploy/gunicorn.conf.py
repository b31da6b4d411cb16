"""gunicorn behind a proxy that reads requests whole: ``gunicorn -c deploy/gunicorn.conf.py wsgi:app``.

Never put it before the world by itself: sixty half-open requests keep everybody else out.
"""

import os

bind = os.environ.get("BIND", "unix:/run/kith/web.sock")
umask = 0o007
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 30
keepalive = 5
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
# Memory that a busy month has left behind is given back, not by all at the same time.
max_requests = 20_000
max_requests_jitter = 2_000
forwarded_allow_ips = "127.0.0.1,::1"
