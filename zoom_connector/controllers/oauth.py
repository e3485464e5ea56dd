from odoo import http

from odoo.addons.connector_base.controllers.oauth import OAuthController


class ZoomOAuth(OAuthController, http.Controller):
    """Connect to Zoom: there and back."""

    @http.route("/zoom_oauth/start", type="http", auth="user", methods=["GET"])
    def zoom_oauth_start(self, integration_id=None, **_params):
        """Send the browser to Zoom's consent page."""
        return self._start("zoom.integration", integration_id)

    @http.route("/zoom_oauth/callback", type="http", auth="user", methods=["GET"])
    def zoom_oauth_callback(self, **params):
        """Take Zoom's answer."""
        return self._callback("zoom.integration", **params)
