"""Decides once where a message goes and carries it out, for a whole batch together."""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from ..tools import router, words
from .hootsuite_message import ACTIONS, KINDS, SENTIMENTS
from .hootsuite_profile import NETWORKS


@dataclass
class Job:
    """What is to be done for one message."""

    values: dict
    thread: object
    handle: object
    action: str = "keep"
    rule: object = None
    reasons: list = field(default_factory=list)
    follows: object = None  # the job or (model, id) whose target it joins
    target: tuple | None = None
    activity: object = None
    remark: str = ""


class HootsuiteRouter(models.AbstractModel):
    _name = "hootsuite.router"
    _description = "Hootsuite Message Router"

    # -- deciding -----------------------------------------------------------------------------------

    @api.model
    def _route(self, integration, rows, threads):
        """Decide about new messages and carry it out; fills state, reason and target into ``rows``.

        :param rows: list of values of messages that are about to be made, in vendor-time order
        :param threads: dict id -> ``hootsuite.thread``
        """
        if not rows:
            return
        rules = self.env["hootsuite.routing.rule"]._rules_of(integration)
        jobs = self._jobs(rows, threads)
        open_targets = self.env["hootsuite.target"]._open_of_threads(
            self.env["hootsuite.thread"].union(*(job.thread for job in jobs))
        )
        known = self._known_handles(jobs)
        catalogue = self.env["hootsuite.routing.products"]._catalogue()
        pending = {}
        for job in jobs:
            earlier = pending.get(job.thread.id) or open_targets.get(job.thread.id)
            seen = self._seen(job, known, bool(earlier), catalogue)
            job.values["products"] = ", ".join(seen.products) or False
            self._decide(job, seen, rules, earlier)
            if job.action not in ("keep", "ignore") and not job.follows:
                pending[job.thread.id] = job
        self.env["hootsuite.target"]._carry_out(integration, jobs)
        for job in jobs:
            self._fill(job)

    @api.model
    def _jobs(self, rows, threads):
        handles = {
            handle.id: handle
            for handle in self.env["hootsuite.handle"].browse(
                {values["handle_id"] for values in rows if values["handle_id"]}
            )
        }
        none = self.env["hootsuite.handle"]
        return [
            Job(
                values=values,
                thread=threads[values["thread_id"]],
                handle=handles.get(values["handle_id"], none),
            )
            for values in rows
        ]

    @api.model
    def _known_handles(self, jobs):
        """Return ids of handles whose author was a contact before this conversation.

        A contact that was made from the very same conversation does not count: otherwise the second
        message of a stranger would meet other rules than the first.
        """
        handles = self.env["hootsuite.handle"].union(*(job.handle for job in jobs))
        known = {h.id for h in handles if h.partner_id and not h.partner_made}
        made = handles.filtered(lambda handle: handle.partner_id and handle.partner_made)
        if made:
            threads = defaultdict(set)
            for thread in self.env["hootsuite.thread"].search_fetch(
                [("partner_id", "in", made.partner_id.ids)], ["partner_id"]
            ):
                threads[thread.partner_id.id].add(thread.id)
            for job in jobs:
                if job.handle in made and threads[job.handle.partner_id.id] - {job.thread.id}:
                    known.add(job.handle.id)
        return known

    @api.model
    def _seen(self, job, known, open_thread, catalogue):
        values = job.values
        folded = words.fold(values["text"])
        profile = job.thread.profile_id
        return router.Seen(
            text=folded,
            network=values["network"],
            kind=values["kind"],
            language=values["language"] or "",
            sentiment=values["sentiment"],
            urgent=values["urgent"],
            known=job.handle.id in known,
            open_thread=open_thread,
            resolved=job.thread.state == "resolved",
            products=catalogue.find(folded) if catalogue else (),
            topics=tuple(
                topic.strip()
                for topic in (values["topics"] or job.thread.topics or "").split(",")
                if topic.strip()
            ),
            profile_id=profile.id or None,
            team_ids=frozenset(profile.team_ids.ids),
        )

    @api.model
    def _decide(self, job, seen, rules, earlier):
        """Existing work first, then the rules in their order."""
        if job.handle.is_own:
            job.action = "ignore"
            job.reasons = [self.env._("A colleague or one of our own profiles wrote it.")]
            return
        if earlier:
            # Rules that ask for open work may take a message out of it.
            rules = [rule for rule in rules if rule.thread == "open"]
        match = router.decide(rules, seen)
        if match:
            job.rule = self.env["hootsuite.routing.rule"].browse(match.rule.key)
            job.action = job.rule.action
            job.reasons = self._plain(match)
            if job.rule.set_sentiment:
                job.values["sentiment"] = job.rule.set_sentiment
            if job.rule.set_priority:
                job.values["priority"] = job.rule.set_priority
            elif job.rule.set_sentiment:
                messages = self.env["hootsuite.message"]
                job.values["priority"] = messages._priority_of(
                    job.rule.set_sentiment, job.values["urgent"]
                )
        elif earlier:
            job.follows = earlier
            job.action = earlier.action if isinstance(earlier, Job) else "keep"
            job.reasons = [
                self.env._("The conversation has open work; the message was added to it.")
            ]
        else:
            job.reasons = [self.env._("No rule is met; the message stays in the inbox.")]

    # -- in plain words -----------------------------------------------------------------------------

    @api.model
    def _plain(self, match):
        """Return the reasons of a match as sentences."""
        rule = self.env["hootsuite.routing.rule"].browse(match.rule.key)
        lines = [self.env._("Rule “%(name)s”", name=rule.name)]
        lines += [self._plain_reason(reason) for reason in match.reasons]
        return lines

    @api.model
    def _plain_reason(self, reason):
        yes = reason.value == "yes"
        label = {
            "network": dict(NETWORKS).get,
            "kind": dict(KINDS).get,
            "sentiment": dict(SENTIMENTS).get,
        }.get(reason.condition, lambda value, default: default)(reason.value, reason.value)
        texts = {
            "network": self.env._("written on %(value)s", value=label),
            "kind": self.env._("kind: %(value)s", value=label),
            "language": self.env._("language: %(value)s", value=label),
            "sentiment": self.env._("sentiment: %(value)s", value=label),
            "urgency": self.env._("urgent") if yes else self.env._("not urgent"),
            "known": self.env._("from a known contact") if yes else self.env._("from somebody new"),
            "product": self.env._("no product mentioned")
            if reason.value == "no"
            else self.env._("mentions %(value)s", value=label),
            "thread": self.env._("the conversation has open work")
            if yes
            else self.env._("the conversation has no open work"),
            "state": self.env._("resolved in Hootsuite")
            if yes
            else self.env._("not resolved in Hootsuite yet"),
            "profile": self.env._("written to one of the rule's profiles"),
            "team": self.env._("written to a profile of the rule's teams"),
            "short": self.env._("a short text"),
            "topic": self.env._("topic in Hootsuite: %(value)s", value=label),
            "words": self.env._("words: %(value)s", value=label),
        }
        return texts[reason.condition]

    @api.model
    def _reason_text(self, job):
        first, *rest = job.reasons
        text = f"{first}: {'; '.join(rest)}." if rest else first
        action = dict(ACTIONS)[job.action]
        if not job.follows:
            text = f"{text} → {action}."
        if job.values.get("irony"):
            text += "\n" + self.env._(
                "Kind words beside a word of trouble: perhaps irony, so it counts as negative."
            )
        return f"{text}\n{job.remark}" if job.remark else text

    @api.model
    def _fill(self, job):
        if job.follows:
            state = "followup"
        else:
            state = {"keep": "kept", "ignore": "ignored"}.get(job.action, "routed")
        job.values.update(
            rule_id=job.rule.id if job.rule else False,
            route_action=False if job.follows else job.action,
            route_reason=self._reason_text(job),
            state=state,
            target_model=job.target[0] if job.target else False,
            target_id=job.target[1] if job.target else False,
        )

    # -- simulation ---------------------------------------------------------------------------------

    @api.model
    def _simulate(self, integration, messages, rules):
        """Return list of (message, rule or empty, action, reason): what ``rules`` would decide.

        Writes nothing. Open work counts as it was when the message came: a message that was added to
        open work then is shown as such.

        :param rules: list of :class:`tools.router.Rule`
        """
        catalogue = self.env["hootsuite.routing.products"]._catalogue()
        rows = []
        for message in messages:
            values = {
                name: message[name]
                for name in (
                    "text", "network", "kind", "language", "sentiment", "urgent", "topics",
                    "priority", "irony",
                )
            }  # fmt: skip
            job = Job(values=values, thread=message.thread_id, handle=message.handle_id)
            followed = message.state == "followup"
            known = {job.handle.id} if self._was_known(message) else set()
            if not message.sentiment_corrected:
                values.update(self._judged_again(message))
            seen = self._seen(job, known, followed, catalogue)
            earlier = (message.target_model, message.target_id) if followed else None
            self._decide(job, seen, rules, earlier)
            action = "follow" if job.follows else job.action
            rows.append((message, job.rule or rules_none(self), action, self._reason_text(job)))
        return rows

    @api.model
    def _judged_again(self, message):
        judged = self.env["hootsuite.message"]._judge(message.text, message.language)
        return {name: judged[name] for name in ("sentiment", "urgent", "irony")}

    @api.model
    def _was_known(self, message):
        handle = message.handle_id
        if not handle.partner_id:
            return False
        if not handle.partner_made:
            return True
        first = self.env["hootsuite.thread"].search(
            [("partner_id", "=", handle.partner_id.id)], order="started_at, id", limit=1
        )
        return first != message.thread_id


def rules_none(model):
    """An empty rule recordset."""
    return model.env["hootsuite.routing.rule"]
