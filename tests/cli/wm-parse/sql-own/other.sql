-- a schema of that name that is somebody's own
CREATE SCHEMA wm;
CREATE TABLE wm.t (a integer);
