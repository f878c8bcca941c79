#include "prints.h"

#include "arena.h"
#include "embed.h"
#include "sbuf.h"

const char *
prints_before(void)
{
	return "do $$ begin"
	    " perform set_config('wm.drifted', 'off', false),"
	    "  set_config('wm.others', '', false);"
	    " if to_regprocedure('wm.prints_now()') is null then return;"
	    " end if;"
	    " if not exists (select from wm.prints) then return; end if;"
	    " perform set_config('wm.drifted', coalesce(string_agg(coalesce("
	    "    n.classid, p.classid) || '/' || coalesce(n.objid, p.objid),"
	    "    ' '), ''), false)"
	    "   from wm.prints_now() n full join wm.prints p"
	    "   on p.classid = n.classid and p.objid = n.objid"
	    "   where n.print is distinct from p.print;"
	    " end $$;";
}

const char *
prints_after(struct arena *mem)
{
	WM_SBUF b = SBUF_INIT;
	WM_SBUF make = SBUF_INIT;

	sbuf_dollar(&make, embed_prints_sql);
	sbuf_printf(&b, "do $prints$ begin"
	    " if current_setting('wm.drifted', true) = 'off' or"
	    "   to_regclass('wm.objects') is null then return; end if;"
	    " if to_regprocedure('wm.prints_now()') is null or"
	    "   to_regclass('wm.others') is null then"
	    "  execute %s;"
	    " end if;"
	    " if current_setting('wm.others', true) <> '' then"
	    "  delete from wm.others;"
	    "  insert into wm.others select o.obj_typ, o.obj_nam from"
	    "   json_to_recordset(current_setting('wm.others')::json)"
	    "   as o (obj_typ text, obj_nam text);"
	    " end if;"
	    " with now as materialized (select n.classid, n.objid, n.print"
	    "  from wm.prints_now() n), drifted (id) as materialized (select"
	    "  unnest(string_to_array(current_setting('wm.drifted', true),"
	    "  ' '))),"
	    " gone as (delete from wm.prints p where not exists (select from"
	    "  now n where n.classid = p.classid and n.objid = p.objid)"
	    "  and p.classid || '/' || p.objid not in (select id from drifted))"
	    " insert into wm.prints select n.classid, n.objid, n.print"
	    "  from now n where n.classid || '/' || n.objid not in"
	    "  (select id from drifted) on conflict (classid, objid) do update"
	    "  set print = excluded.print"
	    "  where wm.prints.print <> excluded.print;"
	    " end $prints$", make.s);
	return sbuf_take(&b, mem);
}
