from odoo.tests import new_test_user, tagged

from odoo.addons.zoom_connector.tests.common import ZoomCase

USER = "base.group_user,zoom_connector.group_zoom_user"


@tagged("post_install", "-at_install")
class TestDepartments(ZoomCase):
    """With the Employees app, superiors see the meetings of their departments.

    | department | manager | people |
    |---|---|---|
    | House | Chef | |
    | House / Sales | Mia | Sam |
    | House / Sales / North | | Anna |
    | House / Support | | Bert; Zoe reports to Anna |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("chef", "mia", "sam", "anna", "bert", "zoe")
        cls.users = {name: new_test_user(cls.env, f"dep_{name}", groups=USER) for name in names}
        Employee, Department = cls.env["hr.employee"], cls.env["hr.department"]
        cls.staff = {
            name: Employee.create({"name": name, "user_id": user.id})
            for name, user in cls.users.items()
        }
        house = Department.create({"name": "House", "manager_id": cls.staff["chef"].id})
        sales = Department.create(
            {"name": "Sales", "parent_id": house.id, "manager_id": cls.staff["mia"].id}
        )
        cls.north = Department.create({"name": "North", "parent_id": sales.id})
        cls.support = Department.create({"name": "Support", "parent_id": house.id})
        for name, department in (
            ("chef", house),
            ("mia", sales),
            ("sam", sales),
            ("anna", cls.north),
            ("bert", cls.support),
            ("zoe", cls.support),
        ):
            cls.staff[name].department_id = department
        cls.staff["zoe"].parent_id = cls.staff["anna"]
        cls.held = {}
        for name in ("sam", "anna", "bert", "zoe"):
            host = cls.env["zoom.user"]._upsert(
                cls.integration, [{"zoom_id": f"Z-{name}", "status": "active"}], 3
            )[f"Z-{name}"]
            host.user_id = cls.users[name]
            meeting = cls.env["zoom.meeting"].create(
                {
                    "integration_id": cls.integration.id,
                    "zoom_id": str(8_800_000 + sum(map(ord, name))),
                    "topic": name,
                    "zoom_type": 2,
                    "host_id": host.id,
                }
            )
            cls.held[name] = cls.env["zoom.meeting.instance"].create(
                {"meeting_id": meeting.id, "uuid": f"uuid-{name}", "start": "2026-05-04 08:00:00"}
            )

    def seen(self, name):
        """Return whose meetings a user sees, the same in lists and forms and for both models."""
        self.env.flush_all()
        self.env.invalidate_all()
        user = self.users[name]
        held = self.env["zoom.meeting.instance"].with_user(user).search([])
        meetings = self.env["zoom.meeting"].with_user(user).search([])
        self.assertEqual(held.meeting_id, meetings)
        for instance in self.held.values():
            self.assertEqual(instance.with_user(user).has_access("read"), instance in held)
        return set(held.mapped("topic"))

    def test_who_sees_whom(self):
        self.assertEqual(
            {name: self.seen(name) for name in self.users},
            {
                "chef": {"sam", "anna", "bert", "zoe"},
                # Zoe is in another department and reports to Anna, not to Mia.
                "mia": {"sam", "anna"},
                "sam": {"sam"},
                "anna": {"anna", "zoe"},
                "bert": {"bert"},
                "zoe": {"zoe"},
            },
        )

    def test_it_follows_the_organization_at_once(self):
        self.staff["zoe"].parent_id = False
        self.assertEqual(self.seen("anna"), {"anna"})
        self.north.manager_id = self.staff["bert"]
        self.assertEqual(self.seen("bert"), {"bert", "anna"})
        self.staff["anna"].department_id = self.support
        self.assertNotIn("anna", self.seen("mia"))

    def test_employees_without_rights_on_the_app(self):
        """The superior need not have rights in the Employees app."""
        self.assertFalse(self.users["mia"].has_group("hr.group_hr_user"))
        self.assertIn("sam", self.seen("mia"))
