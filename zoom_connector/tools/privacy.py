"""Attendance without names.

Where an account keeps names of its own people only, and in confidential meetings, whoever must not
be named is told apart by one-way digests of what Zoom says about him. A digest is keyed with the
server's encryption key and bound to one held meeting (`ZoomIntegration._people_digest`), so it can
neither be guessed from a list of addresses nor followed from meeting to meeting.

The same digests come out of a webhook that was made nameless before it was stored (`conceal_person`)
and of one that was not, or of Zoom's report (`conceal`): so both are recognised as one person.
"""

MARK = "~"
WITHHELD_DOMAIN = "withheld.invalid"  # a reserved domain (RFC 2606): no such mailbox can exist
HARMLESS = ("role_raw", "waiting")


def _once(text, digest):
    """Return the digest of a text, or the text when it is one already."""
    return text if text.startswith(MARK) else MARK + digest(text)


def _mail(email, digest):
    """Return the key of an address, the same for a plain one and for a withheld one."""
    local, _at, domain = email.lower().rpartition("@")
    return MARK + local if domain == WITHHELD_DOMAIN else MARK + digest(email.lower())


def _guest(uuid, name, digest):
    return uuid if uuid.startswith(MARK) else MARK + digest(f"{uuid}|{name.strip().casefold()}")


def conceal(observation, digest):
    """Take the identity out of an observation; what it proves stays as digests.

    :param observation: `people.Observation`, changed in place
    :param digest: function text -> short text, one-way
    """
    values = observation.values
    keys = set()
    if values.get("zoom_user_id"):
        keys.add("zoom:" + _once(values["zoom_user_id"], digest))
    if values.get("email"):
        keys.add("mail:" + _mail(values["email"], digest))
    if values.get("registrant_id"):
        keys.add("reg:" + _once(values["registrant_id"], digest))
    strong = bool(keys)
    if observation.device:
        keys.add("dev:" + observation.device)
    name, uuid = values.get("name") or "", observation.participant_uuid or ""
    if (uuid and not strong) or not keys:
        keys.add("guest:" + _guest(uuid, name, digest))
    observation.proofs = frozenset(keys)
    observation.values = {key: value for key, value in values.items() if key in HARMLESS}
    observation.participant_uuid = None
    observation.leave_reason = ""


# What the participant of a webhook keeps: the connection, times and roles. Everything else names
# somebody or may do so ("phone_number", "leave_reason", fields that Zoom adds one day).
_KEPT = ("user_id", "join_time", "leave_time", "date_time", "old_role", "new_role", "status")


def conceal_person(person, digest):
    """Return the participant of a webhook body without identity.

    :param dict person: `payload.object.participant` of the vendor's events
    """
    kept = {name: person[name] for name in _KEPT if person.get(name) not in (None, "")}
    known = False
    for name in ("id", "participant_user_id", "registrant_id"):
        if person.get(name):
            kept[name] = _once(str(person[name]), digest)
            known = True
    if person.get("email"):
        email = str(person["email"])
        kept["email"] = f"{_mail(email, digest)[len(MARK) :]}@{WITHHELD_DOMAIN}"
        known = True
    uuid = str(person.get("participant_uuid") or "")
    if uuid or not (known or kept.get("user_id")):
        kept["participant_uuid"] = _guest(uuid, str(person.get("user_name") or ""), digest)
    return kept


def is_concealed(person):
    """Return whether a participant of a webhook body names nobody."""
    texts = [person.get(name) for name in ("id", "participant_user_id", "registrant_id")]
    return (
        not person.get("user_name")
        and not person.get("phone_number")
        and all(str(text).startswith(MARK) for text in texts if text)
        and str(person.get("email") or f"@{WITHHELD_DOMAIN}").endswith(f"@{WITHHELD_DOMAIN}")
    )


def conceal_keys(keys, digest):
    """Return kept keys of a person (`people.Observation.keys`) as digests."""
    concealed = set()
    for key in keys:
        kind, _colon, text = key.partition(":")
        if kind == "mail":
            concealed.add("mail:" + _mail(text, digest))
        elif kind in ("zoom", "reg"):
            concealed.add(f"{kind}:{_once(text, digest)}")
        elif kind == "guest":
            concealed.add("guest:" + _once(text, digest))
        elif kind == "name":
            concealed.add("guest:" + _once(f"|{text}", digest))
        else:
            concealed.add(key)
    return concealed


def conceal_registrant(registrant):
    """Return the registrant of a webhook body: that there is one and how he stands, not who."""
    names = ("id", "status", "create_time")
    return {name: registrant[name] for name in names if registrant.get(name) not in (None, "")}


def conceal_recording(recording):
    """Return the object of a recording event without the names of people's own audio files."""
    files = recording.get("participant_audio_files")
    if not isinstance(files, list):
        return recording
    kept = [
        {name: value for name, value in file.items() if name != "file_name"}
        for file in files
        if isinstance(file, dict)
    ]
    return {**recording, "participant_audio_files": kept}
