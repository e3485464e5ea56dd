import logging

from odoo.exceptions import AccessError
from odoo.http import request

from ..core.errors import ConnectorError

_logger = logging.getLogger(__name__)


class OAuthController:
    """The two stations of an authorization; a product mixes it into a controller with its routes.

    No ``http.Controller`` itself, see ``WebhookController``.

    Both want a logged-in user (``auth="user"``) who may change the integration.
    """

    def _start(self, model, integration_id):
        """Send the browser to the vendor's consent page."""
        try:
            integration = request.env[model].browse(int(integration_id)).exists()
            if not integration:
                return self._page(model, None, request.env._("The integration does not exist."))
            url = integration._oauth_start(self._session_binding())
        except (ValueError, TypeError):
            return self._page(model, None, request.env._("The integration does not exist."))
        except AccessError:
            return self._page(
                model, None, request.env._("Only a manager of the integration can connect it.")
            )
        except ConnectorError as exc:
            return self._page(model, integration, exc.message, exc.remedy)
        return request.redirect(url, code=303, local=False)

    def _callback(self, model, **params):
        """Take the vendor's answer; then show the integration, or what went wrong."""
        try:
            integration = request.env[model]._oauth_callback(params, self._session_binding())
        except AccessError:
            return self._page(
                model, None, request.env._("Only a manager of the integration can connect it.")
            )
        except ConnectorError as exc:
            _logger.info("%s: connection failed: %s", model, exc.message)
            return self._page(model, None, exc.message, exc.remedy)
        try:
            integration._connector_verify()
        except ConnectorError as exc:
            return self._page(model, integration, exc.message, exc.remedy)
        return request.redirect(self._form_url(model, integration), code=303)

    def _session_binding(self):
        # The rest of the id changes every few hours on 19.0.
        return request.session.sid[:42]

    def _form_url(self, model, integration):
        return f"/odoo/{model}/{integration.id}"

    def _page(self, model, integration, message, remedy=""):
        response = request.render(
            "connector_base.oauth_result",
            {
                "message": message,
                "remedy": remedy,
                "back_url": self._form_url(model, integration) if integration else "/odoo",
            },
        )
        response.status_code = 400
        # No address with a code in it is passed on to other sites.
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
