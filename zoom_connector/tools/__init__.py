"""Plain functions of zoom_connector without ORM: they run and are tested without a database."""
