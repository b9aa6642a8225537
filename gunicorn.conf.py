"""How gunicorn serves this. It reads the file by itself when it is started here: `gunicorn chartmogul_admin.wsgi`.

Options on its command line, such as --bind and --workers, come on top.
"""

from chartmogul_admin.serving import Worker

# gunicorn's gthread, whose workers share connections evenly. A slow ChartMogul holds a thread for up to a minute; the
# others go on.
worker_class = Worker
threads = 16
# A write that is under way when the server stops comes to its answer, which takes a minute at most.
graceful_timeout = 65
# Longer than proxies keep a connection that nobody uses: nginx 60 s, Caddy 120 s. Who closes first can meet the next
# request on its way, and a proxy does not send a write twice. Connections that wait hold no thread.
keepalive = 125

# What a request may be before Python code of ours sees it. The longest address here has some 3,500 characters.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Which headers of a proxy are believed is one setting, TRUSTED_PROXIES. By itself gunicorn believes what comes from
# 127.0.0.1 or a unix socket, where a proxy passes on what clients wrote.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}

# Nothing controls it but signals, and lines about single requests are in our own log where they matter: an access log
# would hold whole addresses, and with them what people searched for.
control_socket_disable = True
accesslog = None


def child_exit(server: object, worker: object) -> None:
    if isinstance(worker, Worker):
        worker.ended()
