"""Stores keep the logs of studies: in memory, in a SQLite file, or on a database server, all by the same laws.

- `memory`: `MemoryStore`, for one process, gone with it;
- `sql`: `SQLStore`, one SQLite file (many processes of one host) or a PostgreSQL server (many hosts);
- `artifacts`: `Artifacts`, the large files that lie beside the log;
- `opening`: `open_store`, from what a user typed to one of these.

Nothing is imported here, so that a study in memory never loads SQLAlchemy. The laws that every store keeps stand as
functions in `tunesmith.testing.stores`.
"""
