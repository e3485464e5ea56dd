"""What differs between Odoo 18.0 and 19.0, in one place.

Everything else in these addons is written so that it works on both series.
"""

from odoo import models, release, tools

IS_19 = release.version_info[:2] >= (19, 0)

if IS_19:
    Constraint = models.Constraint
    UniqueIndex = models.UniqueIndex
else:

    class Constraint:  # type: ignore[no-redef]
        """``models.Constraint`` of 19.0: a table constraint named ``<table>_<attribute>``."""

        def __init__(self, definition, message=""):
            self.definition = definition
            self.message = message

        def __set_name__(self, owner, name):
            entry = (name.lstrip("_"), self.definition, self.message)
            owner._sql_constraints = [*owner.__dict__.get("_sql_constraints", []), entry]

    class UniqueIndex:  # type: ignore[no-redef]
        """``models.UniqueIndex`` of 19.0: a unique index, may be partial or on expressions.

        On 18.0 a changed definition needs a migration script: the index is only made when missing.
        """

        def __init__(self, definition, message=""):
            self.definition = definition
            self.message = message

        def __set_name__(self, owner, name):  # pylint: disable=missing-return
            suffix = name.lstrip("_")
            definition = self.definition
            inner = owner.__dict__.get("init")

            def init(model):
                if inner is not None:
                    inner(model)
                else:
                    super(owner, model).init()  # type: ignore[misc]
                index = f"{model._table}_{suffix}"
                if not tools.sql.index_exists(model.env.cr, index):
                    model.env.cr.execute(
                        tools.SQL(
                            "CREATE UNIQUE INDEX %s ON %s %s",
                            tools.SQL.identifier(index),
                            tools.SQL.identifier(model._table),
                            # The definition is a constant of the source code, never user input.
                            tools.SQL(definition),  # pylint: disable=sql-injection
                        )
                    )

            owner.init = init


USER_GROUPS = "group_ids" if IS_19 else "groups_id"
"""Name of the field of ``res.users`` that holds the groups given to a user."""


def users_of(group):
    """Return the active users that are in ``group``, directly or through implied groups."""
    return group.all_user_ids if IS_19 else group.users


def set_group_category(env, groups, category):
    """Show ``groups`` (lowest first) as one choice in the section ``category`` of the user form.

    18.0 hangs groups under a category; 19.0 puts a privilege between the two.
    """
    if not IS_19:
        groups.write({"category_id": category.id})
        return
    xml_name = f"privilege_{category.get_external_id()[category.id].split('.')[-1]}"
    module = category.get_external_id()[category.id].split(".")[0]
    privilege = env.ref(f"{module}.{xml_name}", raise_if_not_found=False)
    if not privilege:
        privilege = env["res.groups.privilege"].create(
            {"name": category.name, "category_id": category.id}
        )
        env["ir.model.data"].create(
            {
                "module": module,
                "name": xml_name,
                "model": "res.groups.privilege",
                "res_id": privilege.id,
                "noupdate": True,
            }
        )
    groups.write({"privilege_id": privilege.id})


def cron_progress(env, done, remaining):
    """Tell the scheduler how far this run got; does nothing outside a scheduled run."""
    if not env.context.get("ir_cron_progress_id"):
        return
    if IS_19:
        env["ir.cron"]._commit_progress(done, remaining=remaining)
    else:
        env["ir.cron"]._notify_progress(done=done, remaining=remaining)


def config_path():
    """Return the path of the server's configuration file, or None."""
    return (tools.config["config"] if IS_19 else tools.config.rcfile) or None
