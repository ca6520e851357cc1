-- The roles of custos in PostgreSQL. The administrator of the database runs this once, before custos init; then the owner
-- runs `custos database prepare` (see the runbook), which makes the tables and gives each role its rights.
--
-- How each proves who it is stands in pg_hba.conf: let the owner in from the machine of the database only (peer), and the two
-- others with scram-sha-256 over hostssl. None of them is a superuser, and none is a member of another.

-- Owns the database and its tables: changes of the schema, rebuilding, erasure. Not for the service.
CREATE ROLE custos_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

-- The service: adds entries, and takes nothing away.
CREATE ROLE custos_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

-- Reads every row, as for custos fsck by an auditor who holds a copy of the keys, or for a backup.
CREATE ROLE custos_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;

CREATE DATABASE custos OWNER custos_owner;
