"""Fixed, clearly fake credentials and the settings a test can change."""

from dataclasses import dataclass, field

ACCOUNT_ID = "AcctSandboxExample0001"
ACCOUNT_NUMBER = 900123456
ACCOUNT_EMAIL = "zoe.admin@example.com"
CLIENT_ID = "SandboxClientIdExample1"
CLIENT_SECRET = "sandbox-client-secret-not-real-0001"
S2S_CLIENT_ID = "SandboxS2SClientIdExam1"
S2S_CLIENT_SECRET = "sandbox-s2s-client-secret-not-real-01"
SECRET_TOKEN = "sandbox-webhook-secret-token-not-real"
APP_NAME = "Odoo Connector (sandbox)"

# Calls per second and per day by endpoint label ("Rate limits" page), for the real account plans.
PLANS = {
    "free": {
        "second": {"Light": 4, "Medium": 2, "Heavy": 1},
        "minute": {"Resource-intensive": 10},
        "day": {"Light": 6000, "Medium": 2000, "Heavy": 1000, "Resource-intensive": 30000},
    },
    "pro": {
        "second": {"Light": 30, "Medium": 20, "Heavy": 10},
        "minute": {"Resource-intensive": 10},
        "day": {"Heavy": 30000, "Resource-intensive": 30000},
    },
    "business": {
        "second": {"Light": 80, "Medium": 60, "Heavy": 40},
        "minute": {"Resource-intensive": 20},
        "day": {"Heavy": 60000, "Resource-intensive": 60000},
    },
}
GENEROUS = {"Light": 100_000, "Medium": 100_000, "Heavy": 100_000, "Resource-intensive": 100_000}


@dataclass
class Limits:
    """What the control API's ``limits`` call can change. Times in seconds, sizes in bytes."""

    second: dict = field(default_factory=lambda: dict(GENEROUS))
    minute: dict = field(default_factory=dict)
    day: dict = field(default_factory=lambda: dict.fromkeys(GENEROUS, 100000000))
    host_day: int = 100_000
    registrant_day: int = 100_000
    page_token_lifetime: float = 900.0
    access_token_lifetime: int = 3600
    refresh_token_lifetime: int = 90 * 86400
    code_lifetime: int = 300
    report_lag: float = 0.0  # after the end of a meeting, durations are 0 for so long
    delivery_timeout: float = 3.0
    validation_timeout: float = 3.0
    download_hop: str = "same"  # same | other | none
    download_chunk: int = 262_144
    video_size: int = 48_000
    audio_size: int = 16_000


@dataclass
class App:
    """The app registration as its owner would set it on the vendor's build page."""

    kind: str = "admin"  # admin | user: admin-managed or user-managed General app
    scopes: list | None = None  # None: every scope the kind allows
    s2s_scopes: list | None = None
    redirect_uris: list = field(default_factory=list)  # empty: any address is accepted
    consent: str = "ask"  # ask | allow | deny
    consent_user: str = ACCOUNT_EMAIL
    policy: dict = field(default_factory=dict)  # meeting settings the account forces
    sign_clock: str = "wall"  # wall | sandbox: which clock dates the signatures
