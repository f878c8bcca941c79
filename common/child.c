#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"

static const char *
beside(struct arena *mem, const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *path;

	if (n <= 0)
		return name;
	self[n] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	path = arena_printf(mem, "%s%s", self, name);
	return access(path, X_OK) == 0 ? path : name;
}

int
child_run(struct arena *mem, const char *const *argv, const char *out,
    const char *err)
{
	const char *path = beside(mem, argv[0]);
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("could not make a process: %s", strerror(errno));
	if (pid == 0) {
		int in = open("/dev/null", O_RDONLY);
		int o = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int e = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (in < 0 || o < 0 || e < 0 || dup2(in, 0) < 0 ||
		    dup2(o, 1) < 0 || dup2(e, 2) < 0)
			_exit(127);
		execvp(path, (char *const *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("could not wait for \"%s\": %s", argv[0],
			    strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 127)
		return WEXITSTATUS(status);
	if (WIFEXITED(status))
		diag_failed(NULL, "could not run \"%s\": it is neither beside "
		    "this program nor in PATH", argv[0]);
	else
		diag_failed(NULL, "\"%s\" was ended by signal %d", argv[0],
		    WTERMSIG(status));
	return WM_EXIT_SYSTEM;
}
