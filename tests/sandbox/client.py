"""Synchronous Python client of the control API, for tests and benchmarks."""

import requests


class SandboxError(RuntimeError):
    """The control API refused a call."""


class _Group:
    def __init__(self, sandbox: "Sandbox", prefix: str):
        self._sandbox = sandbox
        self._prefix = prefix

    def _post(self, name: str, **body) -> dict:
        return self._sandbox.call("POST", f"{self._prefix}{name}", body)

    def _get(self, name: str, **params) -> dict:
        return self._sandbox.call("GET", f"{self._prefix}{name}", params=params)


class ZoomControl(_Group):
    """The /control/zoom/* routes; keyword arguments are the fields of the JSON body."""

    def subscribe(self, url: str, **fields) -> dict:
        return self._post("subscribe", url=url, **fields)

    def validate(self, **fields) -> dict:
        return self._post("validate", **fields)

    def seed(self, **fields) -> dict:
        return self._post("seed", **fields)

    def run_meeting(self, **fields) -> dict:
        return self._post("run_meeting", **fields)

    def deliver(self, body: dict | None = None, **fields) -> dict:
        return self._post("deliver", body=body if body is not None else {}, **fields)

    def deliver_many(self, bodies: list, **fields) -> dict:
        return self._post("deliver_many", bodies=bodies, **fields)

    def events(self, **fields) -> dict:
        return self._post("events", **fields)

    def meeting(self, action: str, **fields) -> dict:
        return self._post("meeting", action=action, **fields)

    def user(self, action: str, **fields) -> dict:
        return self._post("user", action=action, **fields)

    def recording(self, action: str, **fields) -> dict:
        return self._post("recording", action=action, **fields)

    def register(self, meeting_id: int, **fields) -> dict:
        return self._post("register", meeting_id=meeting_id, **fields)

    def registrant(self, action: str, **fields) -> dict:
        return self._post("registrant", action=action, **fields)

    def deauthorize(self, **fields) -> dict:
        return self._post("deauthorize", **fields)

    def revoke_tokens(self, **fields) -> dict:
        return self._post("revoke_tokens", **fields)

    def limits(self, **fields) -> dict:
        return self._post("limits", **fields)

    def app(self, **fields) -> dict:
        return self._post("app", **fields)

    def state(self) -> dict:
        return self._get("state")

    def files(self, **params) -> list[dict]:
        return self._get("files", **params)["files"]


class HootsuiteControl(_Group):
    """The /control/hootsuite/* routes; keyword arguments are the fields of the JSON body."""

    def subscribe(self, url: str, **fields) -> dict:
        return self._post("subscribe", url=url, **fields)

    def deliver(self, body: object = None, **fields) -> dict:
        return self._post("deliver", body=body if body is not None else {}, **fields)

    def deliver_many(self, bodies: list, **fields) -> dict:
        return self._post("deliver_many", bodies=bodies, **fields)

    def ping(self, **fields) -> dict:
        return self._post("ping", **fields)

    def flush(self, **fields) -> dict:
        return self._post("flush", **fields)

    def seed(self, **fields) -> dict:
        return self._post("seed", **fields)

    def post(self, profile_ids: list, **fields) -> dict:
        return self._post("post", profile_ids=profile_ids, **fields)

    def message(self, action: str, message_id: str, **fields) -> dict:
        return self._post("message", action=action, message_id=message_id, **fields)

    def publish(self, **fields) -> dict:
        return self._post("publish", **fields)

    def messages(self, **params) -> list[dict]:
        return self._get("messages", **params)["messages"]

    def comment(self, **fields) -> dict:
        return self._post("comment", **fields)

    def profile(self, profile_id: str, **fields) -> dict:
        return self._post("profile", profile_id=profile_id, **fields)

    def member(self, member_id: str, **fields) -> dict:
        return self._post("member", member_id=member_id, **fields)

    def converse(self, **fields) -> dict:
        return self._post("converse", **fields)

    def say(self, conversation_id: str, text: str, **fields) -> dict:
        return self._post("say", conversation_id=conversation_id, text=text, **fields)

    def conversation(self, action: str, conversation_id: str, **fields) -> dict:
        return self._post("conversation", action=action, conversation_id=conversation_id, **fields)

    def topic(self, conversation_id: str, name: str) -> dict:
        return self.conversation("topic", conversation_id, text=name)

    def play(self, **fields) -> dict:
        return self._post("play", **fields)

    def events(self, **fields) -> dict:
        return self._post("events", **fields)

    def lookup(self, conversation_id: str, **fields) -> dict:
        return self._post("lookup", conversation_id=conversation_id, **fields)

    def notify(self, **fields) -> dict:
        return self._post("notify", **fields)

    def people(self, count: int = 60) -> list[dict]:
        return self._get("people", count=count)["people"]

    def members(self) -> list[dict]:
        return self._get("members")["members"]

    def conversations(self, **params) -> list[dict]:
        return self._get("conversations", **params)["conversations"]

    def revoke_tokens(self, **fields) -> dict:
        return self._post("revoke_tokens", **fields)

    def install(self, **fields) -> dict:
        return self._post("install", **fields)

    def uninstall(self, **fields) -> dict:
        return self._post("uninstall", **fields)

    def limits(self, **fields) -> dict:
        return self._post("limits", **fields)

    def app(self, **fields) -> dict:
        return self._post("app", **fields)

    def state(self) -> dict:
        return self._get("state")


class Sandbox:
    """Talks to a running sandbox. ``base_url`` is the address it printed."""

    def __init__(self, base_url: str, timeout: float = 300.0):
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy between us and our own machine
        self.zoom = ZoomControl(self, "/control/zoom/")
        self.hootsuite = HootsuiteControl(self, "/control/hootsuite/")

    def call(
        self, method: str, path: str, body: dict | None = None, params: dict | None = None
    ) -> dict:
        """One control call. Raises SandboxError with the sandbox's own words."""
        response = self.session.request(
            method, self.base_url + path, json=body, params=params, timeout=self.timeout
        )
        answer = response.json()
        if response.status_code != 200:
            raise SandboxError(answer.get("error", response.text))
        return answer

    def info(self) -> dict:
        return self.call("GET", "/control/info")

    def reset(self) -> dict:
        return self.call("POST", "/control/reset", {})

    def clock(self, **move) -> dict:
        """Without arguments: what time it is; with advance, set, real or freeze: move the clock."""
        return (
            self.call("POST", "/control/clock", move)
            if move
            else self.call("GET", "/control/clock")
        )

    def fault(
        self,
        kind: str,
        method: str | None = None,
        path: str | None = None,
        content: str | None = None,
        **fields,
    ) -> str:
        """Inject a fault; path and content (the request's body) are regular expressions. Returns its id."""
        match = {"method": method, "path": path, "body": content}
        body = {"kind": kind, "match": match, **fields}
        return self.call("POST", "/control/faults", body)["id"]

    def faults(self) -> list[dict]:
        return self.call("GET", "/control/faults")["faults"]

    def clear_faults(self, fault_id: str | None = None) -> dict:
        """Remove one fault, or all of them."""
        path = f"/control/faults/{fault_id}" if fault_id else "/control/faults"
        return self.call("DELETE", path)

    def calls(
        self, path: str | None = None, method: str | None = None, since: int = 0
    ) -> list[dict]:
        """Vendor calls received, oldest first."""
        params = {"path": path, "method": method, "since": since}
        return self.call("GET", "/control/calls", params=params)["calls"]

    def clear_calls(self) -> dict:
        return self.call("DELETE", "/control/calls")

    def deliveries(self, **params) -> list[dict]:
        """Deliveries, all or by state or event."""
        return self.call("GET", "/control/deliveries", params=params)["deliveries"]

    def settle(self) -> dict:
        """Wait until nothing is being delivered and nothing due is left."""
        return self.call("POST", "/control/settle", {})
