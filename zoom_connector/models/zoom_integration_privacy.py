"""What is taken out of Zoom's deliveries before they are stored."""

import hashlib
import hmac
from dataclasses import replace

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.keyring import key_ring

from ..tools import people, privacy

PURPOSE = "zoom people of a held meeting"
PARTICIPANT, REGISTRATION, RECORDING = (
    "meeting.participant_",
    "meeting.registration_",
    "recording.",
)
PERSONAL = (PARTICIPANT, REGISTRATION, RECORDING)


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    withhold_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="Since when stored deliveries of the account are being made nameless.",
    )

    def write(self, vals):
        stricter = self.browse()
        if vals.get("participant_level") == "internal":
            stricter = self.filtered(lambda account: account.participant_level != "internal")
        result = super().write(vals)
        if stricter:
            super(ZoomIntegration, stricter).write({"withhold_since": fields.Datetime.now()})
            self.env["zoom.withhold"]._enqueue()
        return result

    def _people_digest(self, uuid):
        """Return a function text -> digest, for the people of one held meeting.

        :param str uuid: of the held meeting; the same person has another digest in another one
        """
        self.ensure_one()
        key = key_ring(self.env, create=True).derive(PURPOSE)
        scope = f"{self.id}:{uuid}:"

        def digest(text):
            return hmac.new(key, f"{scope}{text}".encode(), hashlib.sha256).hexdigest()[:20]

        return digest

    def _withhold_facts(self, facts):
        """Return the facts of a delivery as they may be stored.

        One statement for deliveries that name people, none for all others.

        :param list facts: `core.facts.Fact`
        """
        self.ensure_one()
        subjects = {fact.subject_key for fact in facts if fact.event_type.startswith(PERSONAL)} - {
            None
        }
        if not subjects:
            return facts
        internal_only, confidential = self._withheld_subjects(subjects)
        if not (internal_only or confidential):
            return facts
        return [
            replace(
                fact,
                payload=self._withhold_payload(
                    fact.event_type,
                    fact.payload,
                    confidential=fact.subject_key in confidential,
                    internal_only=internal_only,
                ),
            )
            for fact in facts
        ]

    def _withheld_subjects(self, zoom_ids):
        """Return (only the account's own people are named, the confidential ones of the ids)."""
        rows = self.env.execute_query(
            SQL(
                "SELECT i.participant_level, m.zoom_id FROM zoom_integration i"
                " LEFT JOIN zoom_meeting m ON m.integration_id = i.id AND m.confidential"
                " AND m.zoom_id = ANY(%s) WHERE i.id = %s",
                list(zoom_ids),
                self.id,
            )
        )
        return rows[0][0] == "internal", {zoom_id for _level, zoom_id in rows if zoom_id}

    def _withhold_payload(self, event_type, payload, confidential, internal_only):
        """Return the payload of an event without the names that must not be stored.

        :param bool confidential: the meeting keeps counts only
        :param bool internal_only: of participants, only people of the account are named
        """
        body = payload.get("payload")
        subject = body.get("object") if isinstance(body, dict) else None
        if not isinstance(subject, dict):
            return payload
        person, registrant = subject.get("participant"), subject.get("registrant")
        if event_type.startswith(PARTICIPANT) and isinstance(person, dict):
            if not (confidential or (internal_only and not self._is_internal(person))):
                return payload
            digest = self._people_digest(str(subject.get("uuid") or ""))
            concealed = {**subject, "participant": privacy.conceal_person(person, digest)}
        elif not confidential:
            return payload
        elif event_type.startswith(REGISTRATION) and isinstance(registrant, dict):
            concealed = {**subject, "registrant": privacy.conceal_registrant(registrant)}
        elif event_type.startswith(RECORDING):
            concealed = privacy.conceal_recording(subject)
        else:
            return payload
        return {**payload, "payload": {**body, "object": concealed}}

    def _is_internal(self, person):
        """Return whether a participant of a webhook body is one of the account's Zoom users."""
        values = {
            "zoom_user_id": str(person.get("participant_user_id") or person.get("id") or ""),
            "email": str(person.get("email") or "").lower(),
        }
        if not any(values.values()):
            return False
        known = self._internal_identities([people.Observation(at=0, values=values)])
        return bool(known & set(values.values()))
