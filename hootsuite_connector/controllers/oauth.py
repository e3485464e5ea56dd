from odoo import http

from odoo.addons.connector_base.controllers.oauth import OAuthController


class HootsuiteOAuth(OAuthController, http.Controller):
    """Connect to Hootsuite: there and back."""

    @http.route("/hootsuite/auth/start", type="http", auth="user", methods=["GET"])
    def hootsuite_auth_start(self, integration_id=None, **_params):
        """Send the browser to Hootsuite's consent page."""
        return self._start("hootsuite.integration", integration_id)

    @http.route("/hootsuite/auth/callback", type="http", auth="user", methods=["GET"])
    def hootsuite_auth_callback(self, **params):
        """Take Hootsuite's answer."""
        return self._callback("hootsuite.integration", **params)
