"""Below the HTTP client: sessions, host rules, translation of network errors."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Collection, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from .errors import ConfigurationError, ConnectorError, RemoteUnavailable

# What browsers and URL libraries read differently; no address of a vendor needs them.
_ODD_CHARACTERS = re.compile(r"[\x00-\x20\\\x7f]")
# urllib3 errors that can only happen before a request left.
_NOT_SENT = (
    urllib3.exceptions.NewConnectionError,  # refused, unreachable, unknown host name
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.SSLError,
    urllib3.exceptions.LocationParseError,
)


class ConnectorAdapter(HTTPAdapter):
    """Transport with TLS 1.2 or newer, no hidden retries, and separate connect and read timeouts.

    The caller passes one number, the read timeout, to requests, and the connect timeout is set
    here: Odoo's test guard does not take a tuple.
    """

    def __init__(self, connect_timeout: float = 5, pool_size: int = 10) -> None:
        self._connect_timeout = connect_timeout
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        """Build the pool with our TLS settings."""
        kwargs["ssl_context"] = _tls_context()
        build: Any = super().init_poolmanager
        return build(*args, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Build the pool of a proxy with our TLS settings."""
        kwargs["ssl_context"] = _tls_context()
        build: Any = super().proxy_manager_for
        return build(proxy, **kwargs)

    def send(  # requests declares more types than are of use here
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send with both timeouts; certificate verification cannot be switched off."""
        if not verify:
            raise ConfigurationError("Certificate verification cannot be switched off.")
        return super().send(
            request,
            stream=stream,
            timeout=(self._connect_timeout, timeout),  # timeout: a number, the read timeout
            verify=verify,
            cert=cert,
            proxies=proxies,
        )


def _tls_context() -> ssl.SSLContext:
    create: Any = create_urllib3_context  # urllib3 1.26 has no types
    context: ssl.SSLContext = create()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def new_session(connect_timeout: float = 5, pool_size: int = 10) -> requests.Session:
    """Return a pooled session for :class:`.http_client.HttpClient`.

    :param connect_timeout: seconds
    """
    return prepare_session(requests.Session(), connect_timeout, pool_size)


def prepare_session(
    session: requests.Session, connect_timeout: float = 5, pool_size: int = 10
) -> requests.Session:
    """Give ``session`` our transport and let it keep no cookies, unless that was done before."""
    if not isinstance(session.get_adapter("https://"), ConnectorAdapter):
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = ConnectorAdapter(connect_timeout, pool_size)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
    return session


class HostPolicy:
    """Where calls may go.

    :param allowed_hosts: host names without port; ``*.example.com`` takes every subdomain
    :param insecure_hosts: hosts that may be called without TLS, besides loopback ones
    """

    def __init__(
        self, allowed_hosts: Collection[str], insecure_hosts: Collection[str] = ()
    ) -> None:
        self._allowed = {_host(host) for host in allowed_hosts}
        self._insecure = {_host(host) for host in insecure_hosts}

    def check(self, url: str) -> SplitResult:
        """Return the split address if it may be called.

        :raises ConfigurationError: unknown host, no TLS, or an address made to confuse
        """
        if _ODD_CHARACTERS.search(url):
            raise ConfigurationError("An address contains characters that are not allowed.")
        try:
            parts = urlsplit(url)
            host = _host(parts.hostname or "")
            _port = parts.port  # raises when it is no port
        except ValueError:
            raise ConfigurationError("An address cannot be read.") from None
        if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
            raise ConfigurationError("An address is not a plain http(s) address.")
        if not _matches(host, self._allowed):
            raise ConfigurationError(
                f"Calls to the host {host} are not allowed.",
                remedy="Check the addresses in the integration.",
            )
        if parts.scheme == "http" and not is_loopback(host) and host not in self._insecure:
            raise ConfigurationError(
                f"The host {host} may only be called over https.",
                remedy="Use an https address.",
            )
        return parts


def _host(name: str) -> str:
    return name.strip().lower().rstrip(".")


def _matches(host: str, allowed: Collection[str]) -> bool:
    if host in allowed:
        return True
    labels = host.split(".")
    return any("*." + ".".join(labels[start:]) in allowed for start in range(1, len(labels)))


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` names this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Return (scheme, host, port): what a credential may not leave."""
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, _host(parts.hostname or ""), parts.port or default


def network_error(exc: Exception) -> ConnectorError:
    """Return the typed error for an exception of requests or urllib3.

    The message names the kind of failure only: the texts of the libraries contain whole addresses,
    with ids and parameters. For the same reason raise it ``from None``, so that no traceback in a
    log shows them.
    """
    if isinstance(exc, ValueError):  # bad URL, header, proxy: nothing was sent
        return ConfigurationError(
            "A call could not be built from its address, headers and proxy settings.",
            remedy="Check the addresses and credentials in the integration for stray characters.",
        )
    cause = _innermost(exc)
    if isinstance(exc, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)) or isinstance(
        cause, (urllib3.exceptions.SSLError, ssl.SSLError)
    ):
        certificate = "certificate" in str(cause).lower()
        return RemoteUnavailable(
            "The secure connection to the vendor could not be made.",
            maybe_executed=not certificate,
            remedy="Check the server's clock and its list of certificate authorities."
            if certificate
            else None,
        )
    if isinstance(exc, requests.exceptions.ConnectTimeout) or isinstance(cause, _NOT_SENT):
        return RemoteUnavailable(
            "The vendor could not be reached.",
            maybe_executed=False,
            remedy="If this lasts, check the server's network, DNS and proxy settings.",
        )
    if isinstance(exc, requests.exceptions.Timeout) or isinstance(
        cause, urllib3.exceptions.ReadTimeoutError
    ):
        return RemoteUnavailable("The vendor did not answer in time.", maybe_executed=True)
    return RemoteUnavailable(
        "The connection to the vendor broke before the answer was complete.", maybe_executed=True
    )


def _innermost(exc: BaseException) -> BaseException:
    """Follow requests' and urllib3's ways of wrapping to the urllib3 error that tells the cause."""
    for _ in range(6):
        inner = getattr(exc, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in exc.args if isinstance(arg, BaseException)), None)
        if inner is None or isinstance(exc, _NOT_SENT):
            return exc
        exc = inner
    return exc
