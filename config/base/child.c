#include "config/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/clock.h"

#define LOOK_MS      100 /* how often the stop flag and the time are looked at */
#define EXIT_LOOK_MS 10 /* how often, once the output has ended, the exit is */
#define CHUNK        4096u

extern char **environ;

struct running {
	const struct wv_child *child;
	const char *name;
	pid_t pid;
	int to, from; /* -1: closed */
	struct wv_slice left;
	int64_t ends_us;
	struct wv_buf *out;
	size_t out_from;
};

static int64_t now_us(void)
{
	return wv_clock_mono(wv_clock_system()).us;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static enum wv_status spawn(struct running *r, int child_in, int child_out, struct wv_err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int failed;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return wv_err_set(err, WV_NOMEM, "out of memory to start '%s'", r->name);
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return wv_err_set(err, WV_NOMEM, "out of memory to start '%s'", r->name);
	}
	failed = posix_spawn_file_actions_adddup2(&actions, child_in, STDIN_FILENO) ||
	         posix_spawn_file_actions_adddup2(&actions, child_out, STDOUT_FILENO) ||
	         posix_spawnattr_setsigmask(&attributes, &none) ||
	         posix_spawnattr_setsigdefault(&attributes, &pipe) ||
	         posix_spawnattr_setpgroup(&attributes, 0) ||
	         posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
	                                                       POSIX_SPAWN_SETSIGDEF |
	                                                       POSIX_SPAWN_SETPGROUP)
	                 ? ENOMEM
	                 : posix_spawnp(&r->pid, r->child->words[0], &actions, &attributes,
	                                (char *const *)(uintptr_t)r->child->words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return wv_err_errno(err, failed == ENOENT ? WV_MISSING : WV_IO, failed,
		                    "cannot start '%s'", r->name);
	return WV_OK;
}

static enum wv_status start(struct running *r, struct wv_err *err)
{
	int to[2], from[2];
	enum wv_status st;

	if (pipe2(to, O_CLOEXEC) != 0)
		return wv_err_errno(err, WV_IO, errno, "cannot start '%s'", r->name);
	if (pipe2(from, O_CLOEXEC) != 0) {
		st = wv_err_errno(err, WV_IO, errno, "cannot start '%s'", r->name);
		close(to[0]);
		close(to[1]);
		return st;
	}
	st = spawn(r, to[0], from[1], err);
	close(to[0]);
	close(from[1]);
	r->to = to[1];
	r->from = from[0];
	if (st != WV_OK) {
		close_end(&r->to);
		close_end(&r->from);
		return st;
	}
	(void)fcntl(r->to, F_SETFL, O_NONBLOCK);
	(void)fcntl(r->from, F_SETFL, O_NONBLOCK);
	return WV_OK;
}

/* Is it time to give up? */
static enum wv_status look_up(const struct running *r, struct wv_err *err)
{
	char text[WV_TIME_TEXT_MAX];

	if (r->child->stop && r->child->stop(r->child->stop_context))
		return wv_err_set(err, WV_STOPPED, "'%s' was stopped with us", r->name);
	if (now_us() >= r->ends_us)
		return wv_err_set(err, WV_UNREACHABLE, "'%s' did not end within %s", r->name,
		                  wv_duration_print(r->child->timeout_us, text));
	return WV_OK;
}

static void feed(struct running *r)
{
	ssize_t n = r->left.n ? write(r->to, r->left.p, r->left.n) : 0;

	if (n > 0)
		r->left = wv_slice_from(r->left, (size_t)n);
	/* Who closes its input has heard enough. */
	if (r->left.n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&r->to);
}

static enum wv_status listen_to(struct running *r, struct wv_err *err)
{
	unsigned char bytes[CHUNK];
	ssize_t n = read(r->from, bytes, sizeof bytes);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return WV_OK;
	if (n <= 0) {
		close_end(&r->from);
		return WV_OK;
	}
	if ((size_t)n > r->child->output_cap - (r->out->n - r->out_from))
		return wv_err_set(err, WV_LIMIT, "'%s' says more than %zu bytes", r->name,
		                  r->child->output_cap);
	wv_buf_add_bytes(r->out, bytes, (size_t)n);
	return r->out->failed == WV_OK ? WV_OK : wv_buf_finish(r->out, "output of a hook", err);
}

static enum wv_status talk(struct running *r, struct wv_err *err)
{
	while (r->from >= 0) {
		struct pollfd ends[2] = {{.fd = r->from, .events = POLLIN},
		                         {.fd = r->to, .events = POLLOUT}};
		enum wv_status st = look_up(r, err);

		if (st != WV_OK)
			return st;
		if (poll(ends, 2, LOOK_MS) < 0 && errno != EINTR)
			return wv_err_errno(err, WV_IO, errno, "cannot wait for '%s'", r->name);
		if (r->to >= 0 && ends[1].revents)
			feed(r);
		if (ends[0].revents)
			st = listen_to(r, err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

static enum wv_status wait_for(struct running *r, int *ended, struct wv_err *err)
{
	for (;;) {
		pid_t pid = waitpid(r->pid, ended, WNOHANG);
		enum wv_status st;

		if (pid == r->pid)
			return WV_OK;
		if (pid < 0 && errno != EINTR)
			return wv_err_errno(err, WV_IO, errno, "cannot wait for '%s'", r->name);
		st = look_up(r, err);
		if (st != WV_OK)
			return st;
		(void)poll(NULL, 0, EXIT_LOOK_MS);
	}
}

static void kill_all(struct running *r)
{
	int ended;

	(void)kill(-r->pid, SIGKILL);
	(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &ended, 0) < 0 && errno == EINTR)
		;
}

enum wv_status wv_child_run(const struct wv_child *child, struct wv_buf *out, struct wv_err *err)
{
	struct running r = {.child = child,
	                    .name = child->words[0],
	                    .to = -1,
	                    .from = -1,
	                    .left = child->input,
	                    .ends_us = now_us() + child->timeout_us,
	                    .out = out,
	                    .out_from = out->n};
	int ended = 0;
	enum wv_status st = start(&r, err);

	if (st != WV_OK)
		return st;
	st = talk(&r, err);
	close_end(&r.to);
	close_end(&r.from);
	if (st == WV_OK)
		st = wait_for(&r, &ended, err);
	if (st != WV_OK) {
		kill_all(&r);
		return st;
	}
	if (WIFSIGNALED(ended))
		return wv_err_set(err, WV_REFUSED, "'%s' was ended by signal %d", r.name,
		                  WTERMSIG(ended));
	if (WEXITSTATUS(ended) != 0)
		return wv_err_set(err, WV_REFUSED, "'%s' ended with exit code %d", r.name,
		                  WEXITSTATUS(ended));
	return WV_OK;
}
