"""TLS: certificates are verified, and nothing older than TLS 1.2 is spoken."""

import datetime
import http.server
import ipaddress
import ssl
import threading
import warnings

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connector_base.core import errors
from connector_base.core.http_client import HttpClient
from connector_base.core.http_session import new_session, prepare_session
from connector_base.core.retry import RetryPolicy


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


@pytest.fixture
def serve(certificate, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    servers = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.connection.version().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Keep the test output clean."""

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """Refused handshakes are what these tests are about."""

    def start(maximum=ssl.TLSVersion.MAXIMUM_SUPPORTED):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old TLS is the point here
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = maximum
        context.load_cert_chain(certificate)
        server = Quiet(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        servers.append(server)
        return f"https://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def client(url, session=None):
    return HttpClient(
        url,
        allowed_hosts={"127.0.0.1"},
        session=session,
        retry=RetryPolicy(max_attempts=1),
        read_timeout=5,
    )


def test_a_trusted_server_is_spoken_to(serve, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    assert client(serve()).request("POST", "/x").content in (b"TLSv1.2", b"TLSv1.3")


def test_an_unknown_certificate_is_refused_before_anything_is_sent(serve):
    with pytest.raises(errors.RemoteUnavailable) as caught:
        client(serve()).request("POST", "/x", json={})
    assert caught.value.maybe_executed is False
    assert "certificate authorities" in caught.value.remedy


def test_verification_cannot_be_switched_off(serve):
    session = new_session()
    session.verify = False
    with pytest.raises(errors.ConfigurationError, match="cannot be switched off"):
        client(serve(), session).request("POST", "/x")


def test_old_tls_is_refused(serve, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    with pytest.raises(errors.RemoteUnavailable):
        client(serve(ssl.TLSVersion.TLSv1_1)).request("POST", "/x")


def test_the_floor_is_set_by_us_and_not_left_to_the_library():
    pool = new_session().get_adapter("https://x").poolmanager.connection_pool_kw
    assert pool["ssl_context"].minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_given_session_is_prepared_once():
    session = requests.Session()
    adapter = prepare_session(session).get_adapter("https://x")
    assert prepare_session(session).get_adapter("https://x") is adapter
    assert session.get_adapter("http://x") is adapter
    assert adapter is not requests.Session().get_adapter("https://x")
