--
-- PostgreSQL database dump
--

create table t (a int);
