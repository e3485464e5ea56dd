from odoo.tests import BaseCase, tagged

from odoo.addons.connector_base.controllers.webhook import Rate, Window, strip_secrets


@tagged("post_install", "-at_install")
class TestWebhookCounters(BaseCase):
    def test_window_starts_anew_when_it_is_over(self):
        window = Window(10.0)
        self.assertEqual([window.add("a", 0.0), window.add("a", 9.9)], [1, 2])
        self.assertEqual(window.count("b", 9.9), 0)
        self.assertEqual(window.count("a", 10.0), 0)
        self.assertEqual(window.add("a", 10.0), 1)

    def test_window_stays_small_when_strangers_use_many_addresses(self):
        window = Window(10.0)
        for number in range(25_000):
            window.add(number, 0.0)
        self.assertLessEqual(len(window._counts), 10_000)

    def test_rate_does_not_fall_to_zero_with_every_second(self):
        rate = Rate()
        for _ in range(7):
            rate.tick("a", 5.5)
        self.assertEqual(rate.tick("a", 6.0), 7)
        self.assertEqual(rate.tick("a", 8.0), 1)

    def test_secrets_are_taken_out_wherever_they_stand(self):
        body = {
            "download_token": "x1",
            "a": [{"Password": "x2", "start_url": "x3", "ok": 1}],
            "b": {"client_secret": {"deep": "x4"}},
        }
        self.assertEqual(
            strip_secrets(body),
            {
                "download_token": "***",
                "a": [{"Password": "***", "start_url": "***", "ok": 1}],
                "b": {"client_secret": "***"},
            },
        )
