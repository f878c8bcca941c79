# Views one can write to: eval(edit::view VIEW TABLE KEY COLUMNS) in the text of
# a view makes a function and a trigger for it, and leaves nothing in the text.
namespace eval edit {
    variable body {
	returns trigger language plpgsql as $$
	    begin
		if tg_op = 'INSERT' then
		    insert into %T (%F) values (%N) returning %K into new.%K;
		elsif tg_op = 'UPDATE' then
		    update %T set %S where %K = old.%K;
		else
		    delete from %T where %K = old.%K;
		    return old;
		end if;
		return new;
	    end;
	$$;
    }
}

proc edit::view {view table key cols} {
    variable body
    set sets [join [lmap c $cols {string cat $c " = new." $c}] ", "]
    function ${view}_edit() [list $view $table] [string map [list \
	%T $table %K $key %F [join $cols ", "] %N [columns new $cols] \
	%S $sets] $body]
    trigger [string map {. _} $view]_edit {} "
	instead of insert or update or delete on $view for each row
	execute procedure ${view}_edit();"
    return {}
}
