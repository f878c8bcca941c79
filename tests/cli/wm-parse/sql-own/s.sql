-- what a dump has of a database that these tools have built
CREATE SCHEMA app;
CREATE SCHEMA wm;
CREATE FUNCTION wm.next() RETURNS integer LANGUAGE sql AS $$ select 1 $$;
CREATE TABLE wm.releases (release integer DEFAULT wm.next() NOT NULL);
ALTER TABLE ONLY wm.releases ADD CONSTRAINT releases_pkey PRIMARY KEY (release);
CREATE TABLE app.t (a integer);
CREATE SCHEMA wm_attic;
CREATE TABLE wm_attic.kept (a integer);
CREATE VIEW app.v AS SELECT release FROM wm.releases;
COMMENT ON TABLE wm.releases IS 'releases';
GRANT USAGE ON SCHEMA wm TO PUBLIC;
