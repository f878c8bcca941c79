# Audit of a table: what some of its columns were before they changed goes to
# core.change.
namespace eval audit {
    # %T table, %N its name with "_" for ".", %K key column, %C columns
    variable body {
	returns trigger language plpgsql security definer as $$
	    declare
		was	jsonb = to_jsonb(old);
		is_now	jsonb = '{}';
	    begin
		if tg_op = 'UPDATE' then
		    is_now = to_jsonb(new);
		end if;
		insert into core.change (tab, key, op, col, was)
		    select '%T', was->>'%K', lower(tg_op), c, was->>c
		    from unnest(array[%C]) c
		    where was->c is distinct from is_now->c;
		return null;
	    end;
	$$;
    }
}

# audit::watch TABLE KEY COLUMNS - a trigger and its function
proc audit::watch {table key cols} {
    variable body
    set name [string map {. _} $table]
    function ${table}_audit() [list $table core.change] \
	[string map [list %T $table %N $name %K $key %C [quoted $cols]] $body]
    trigger ${name}_audit {} "
	after update or delete on $table for each row
	execute procedure ${table}_audit();"
}
