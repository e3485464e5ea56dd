"""Fixed, clearly fake credentials and the settings a test can change."""

from dataclasses import dataclass, field

CLIENT_ID = "HootSandboxClientIdExample1"
CLIENT_SECRET = "hoot-sandbox-client-secret-not-real-0001"
#: Shared secret of the Inbox 2.0 webhooks, in hexadecimal as the product shows it. Not a real one.
INBOX_SECRET = "5a4db0c5" * 8
PLATFORM_SECRET = "hoot-sandbox-platform-secret-not-real"
APP_ID = "900300"
APP_NAME = "Odoo Connector (sandbox)"
ORGANIZATION_ID = "626731"
SECOND_ORGANIZATION_ID = "626732"
MEMBER_ID = "15240789"
MEMBER_EMAIL = "ada.member@example.com"
SCOPES = ("offline", "analytics:read")

#: The real plan ("API rate limits" page).
REAL_SECOND = 20
REAL_DAY = 100_000


@dataclass
class Limits:
    """What the control API's ``limits`` call can change. Times in seconds, sizes in bytes."""

    second: int = 100_000  # preset real: 20
    day: int = REAL_DAY
    limit_code: int = 1003  # code of a 429: 1003, 1004 or 1043
    access_token_lifetime: int = 3599
    code_lifetime: int = 600
    upload_lifetime: int = 1799
    media_processing: float = 0.5  # until an uploaded file is READY, on the clock
    video_processing: float = 0.0  # how long a message with video stays SUBMITTED
    upload_gap: float = 0.0  # how long a published message cannot be found
    min_lead: float = 0.0  # scheduledSendTime must be so far ahead
    scheduled_per_profile: int = 100_000
    list_weeks: int = 4
    # Platform webhooks.
    batch_pause: float = 5.0
    batch_size: int = 100
    platform_timeout: float = 10.0
    platform_retries: list = field(default_factory=lambda: [5.0, 30.0, 120.0, 600.0])
    platform_failures: int = 5  # failed attempts in a row after which an address is disabled
    ping_pause: float = 60.0  # between pings to a disabled address
    # Inbox 2.0 webhooks.
    agent_timeout: float = 10.0
    agent_retries: list = field(default_factory=lambda: [0.5, 1.0, 2.0])
    reply_window: float = 300.0  # until a silent virtual agent loses the conversation
    crm_timeout: float = 10.0
    crm_retries: list = field(
        default_factory=lambda: [hours * 3600.0 for hours in (1, 2, 4, 8, 16, 32)]
    )
    attachment_size: int = 10 * 1024 * 1024


@dataclass
class App:
    """The app registration, and which of the vendor's known variants the sandbox shows."""

    redirect_uris: list = field(default_factory=list)  # empty: any address is accepted
    consent: str = "ask"  # ask | allow | deny
    consent_member: str = MEMBER_EMAIL
    analytics: bool = True  # the tick that allows the scope analytics:read
    app_scopes: list = field(default_factory=list)  # what member_app and organization_app get
    body_credentials: bool = False  # accept client credentials in the form body
    installed_organizations: list = field(
        default_factory=lambda: [ORGANIZATION_ID, SECOND_ORGANIZATION_ID]
    )
    uninstalled_members: list = field(default_factory=list)
    refresh_reuse_revokes: bool = False
    # Answer shapes, both seen in the wild.
    message_shape: str = "array"  # array | object: data of GET /v1/messages/{id}
    timezone_key: str = "timezone"  # timezone | defaultTimezone
    old_answers: bool = False  # as recorded in 2017: organizations with ids only, profiles without
    # ownerId and isReauthRequired
    token_error: str = "errors"  # errors | oauth: body of a 401 for a dead token
    partial_status: int = 200  # status of an answer with data and errors
    # Signatures.
    platform_signature: str = "none"  # none | sha512 | sha256
    platform_encoding: str = "hex"  # hex | base64
    platform_key: str = "text"  # text | hex: how the secret becomes the key
    signature_header: str = "X-Hootsuite-Signature"  # or X-Sparkcentral-Signature
    sign_clock: str = "wall"  # wall | sandbox: which clock dates Inbox bodies
    fresh_retries: bool = False  # a retried write-back gets a new timestamp
    check_ports: bool = False  # webhookUrls only on 80, 443, 8080 and 8443
    # Inbox.
    twitter_redaction: str = "absent"  # absent | empty: what Twitter write-backs lack
    lookup_version: int = 2
