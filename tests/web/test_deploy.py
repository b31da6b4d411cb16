"""The sample of nginx before gunicorn, run as it is shipped but for ports and paths."""

import http.client
import shutil
import socket
import ssl
import subprocess
import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks import faults
from community.kit import clock
from config import SECRETS, SETTINGS

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.slow
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
DEPLOY = faults.ROOT / "deploy"


def a_certificate(folder):
    """A key and a certificate that nobody signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "town.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def configuration(folder, plain, secure):
    """The sample with other ports and paths, and what the system's own file says around it."""
    sample = (DEPLOY / "nginx.conf").read_text()
    for old, new in (
        ("unix:/run/kith/web.sock", f"unix:{folder}/web.sock"),
        ("/etc/letsencrypt/live/town.example", str(folder)),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl http2;\n", ""),
    ):
        assert old in sample
        sample = sample.replace(old, new)
    bodies = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{bodies}{sample}}}\n"
    )
    return path


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A site behind nginx."""
    folder = tmp_path_factory.mktemp("town")
    folder.chmod(0o755)
    a_certificate(folder)
    plain, secure = faults.free_port(), faults.free_port()
    with faults.Site(
        folder,
        PUBLIC_URL="https://town.example",
        TRUSTED_PROXIES="1",
        BIND=f"unix:{folder}/web.sock",
        WEB_CONCURRENCY="1",
        WEB_THREADS="4",
    ) as site:
        site.setup()
        site.plain, site.secure = plain, secure
        path = configuration(folder, plain, secure)
        site.processes["nginx"] = subprocess.Popen(
            [NGINX, "-e", str(folder / "error.log"), "-c", str(path), "-g", "user root;"],
            stdout=site.log,
            stderr=site.log,
        )
        faults.until(lambda: ask(site, "/")[0] in (200, 503), 20)
        site.resting = ask(site, "/faults/reads")
        site.start("web", "gunicorn", "-c", DEPLOY / "gunicorn.conf.py", "benchmarks.faults:site()")
        faults.until(lambda: ask(site, "/faults/reads")[0] == 200, 60)
        yield site


def ask(site, path, method="GET", body=None, **headers):
    """Status, headers and text of an answer over TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("127.0.0.1", site.secure, context=context, timeout=30)
    try:
        line.request(method, path, body, {"Host": "town.example", **headers})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    except OSError:
        return 0, {}, ""
    finally:
        line.close()


@needs_nginx
def test_a_page_comes_with_all_its_headers(town):
    status, headers, _ = ask(town, "/faults/reads")
    assert status == 200
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "nginx"


@needs_nginx
def test_nobody_chooses_their_address_or_the_name_of_the_site(town):
    told = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=6.6.6.6",
    }
    _, _, text = ask(town, "/faults/whence", **told)
    assert '"address":"127.0.0.1"' in text
    assert '"url":"https://town.example/faults/whence"' in text


@needs_nginx
def test_without_tls_one_is_sent_to_it(town):
    line = http.client.HTTPConnection("127.0.0.1", town.plain, timeout=10)
    line.request("GET", "/members?q=a", headers={"Host": "town.example"})
    answer = line.getresponse()
    answer.read()
    line.close()
    assert answer.status == 301
    assert answer.headers["Location"] == "https://town.example/members?q=a"


@needs_nginx
@pytest.mark.parametrize(("size", "status"), [(11_000_000, 413), (100, 200)])
def test_a_body_has_a_limit(town, size, status):
    assert ask(town, f"/faults/writes/k{size}", "POST", b"x" * size)[0] == status


@needs_nginx
@pytest.mark.parametrize("size", [40_000])
def test_a_header_has_a_limit(town, size):
    assert ask(town, "/faults/reads", Cookie="a" * size)[0] == 400


@needs_nginx
def test_slow_clients_keep_nobody_waiting(town):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    lines = [
        context.wrap_socket(socket.create_connection(("127.0.0.1", town.secure))) for _ in range(55)
    ]
    for line in lines:
        line.sendall(
            b"POST /faults/writes/x HTTP/1.1\r\nHost: town.example\r\nContent-Length: 900\r\n\r\nhalf"
        )
    waits = []
    for _ in range(10):
        began = time.perf_counter()
        assert ask(town, "/faults/reads")[0] == 200
        waits.append(time.perf_counter() - began)
    for line in lines:
        line.close()
    assert max(waits) < 0.3


@needs_nginx
def test_while_the_site_rests_it_says_so(town):
    status, headers, text = town.resting
    assert status == 503
    assert headers["Retry-After"] == "10"
    assert "Nothing was lost" in text


def test_every_setting_is_told_of():
    told = (faults.ROOT / "docs" / "deploy.md").read_text()
    missing = [s for s in (*(s.name for s in SETTINGS), *SECRETS) if f"`{s}" not in told]
    assert missing == []


@pytest.mark.parametrize("name", ["kith-web.service", "kith-jobs.service", "kith-backup.service"])
def test_the_units_start_what_there_is(name):
    lines = (DEPLOY / name).read_text().splitlines()
    [command] = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    assert command.startswith("/opt/kith/.venv/bin/")
    for word in command.split()[1:]:
        if word.endswith(".py"):
            assert (faults.ROOT / word).exists()
    assert "User=kith" in lines


def test_the_sample_settings_are_known():
    known = {s.name for s in SETTINGS} | {"WEB_CONCURRENCY"}
    rows = [r for r in (DEPLOY / "kith.env").read_text().splitlines() if not r.startswith("#")]
    assert {row.partition("=")[0] for row in rows} <= known
