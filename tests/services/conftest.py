"""The services run on both databases: see ``fixtures_database``."""
