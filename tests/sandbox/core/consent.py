"""What the consent pages of all vendors share: the page, the way back, the PKCE check."""

import base64
import hashlib
import hmac
import html
from urllib.parse import urlencode

from aiohttp import web

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body{{font:16px/1.5 system-ui,sans-serif;background:#f3f5f9;color:#131619;margin:0}}
main{{max-width:34rem;margin:8vh auto;background:#fff;padding:2rem;border-radius:12px;
box-shadow:0 2px 16px #0002}}ul{{max-height:12rem;overflow:auto;font-size:.85rem;color:#555}}
button{{font:inherit;padding:.6rem 1.6rem;border-radius:8px;border:1px solid #888;background:#fff;
cursor:pointer;margin-right:.5rem}}button.go{{background:#0b5cff;border-color:#0b5cff;color:#fff}}
small{{color:#666}}</style></head><body><main>{content}</main></body></html>"""


def page(title: str, content: str, status: int = 200) -> web.Response:
    text = PAGE.format(title=html.escape(title), content=content)
    return web.Response(status=status, text=text, content_type="text/html")


def redirect_to(uri: str, **params: str) -> web.Response:
    glue = "&" if "?" in uri else "?"
    pairs = {key: value for key, value in params.items() if value}
    raise web.HTTPFound(uri + glue + urlencode(pairs))


def challenge_matches(challenge: str, method: str, verifier: str) -> bool:
    """Whether a PKCE verifier (43 to 128 characters) answers the challenge."""
    if not 43 <= len(verifier) <= 128:
        return False
    if method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(challenge.encode(), verifier.encode())
