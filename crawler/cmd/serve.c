#include "archive/serve/service.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "archive/serve/replay.h"
#include "archive/store/store.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/side.h"
#include "crawler/cmd/wishes.h"
#include "crawler/page/rewrite.h"

#define COMPARED_MAX_BYTES (UINT64_C(512) << 10)

static const struct wv_option options[] = {
	{"listen", 'l', "ADDRESS", "where to listen: HOST:PORT, [IPV6]:PORT; port 0 takes a free one "
	                           "(default: 127.0.0.1:8080)",
	 false, false},
	{"behind-proxy", 0, NULL,
	 "requests come through a proxy on this machine: clients are told apart by X-Forwarded-For",
	 false, false},
};

static const char *const details[] = {
	"Shows the archive to people and programs over HTTP: pages to read, search and compare, each as "
	"of any instant; archived pages as they were; the protocols that archives speak (Memento, CDX, "
	"Atom, JSON Feed); a JSON API. Read-only: nothing that is asked can change the archive, and a "
	"crawl may run beside it.",
	"What was taken down is nowhere to be seen: hidden is 404, blocked 451, erased 410.",
	"An instant holds for a whole visit: as-of=T shows what was captured by T, known-at=K what this "
	"archive knew at K, and every link keeps both. They are parameters; where an address ends in an "
	"archived URL, which may have parameters of its own, they stand before it: "
	"/timegate/as-of=T&known-at=K/URL, /timemap/link/as-of=T/URL, /web/as-of=T/20240605054503/URL. "
	"Memento (RFC 7089) has no word for either; its plain addresses are as ever.",
	"/cdx speaks as the CDX servers of OpenWayback and pywb do: every matchType in every order, limits "
	"from either end, offset, filters of both kinds, collapsing, parts (page, pageSize, showNumPages) "
	"and resumption keys. An answer has at most 10,000 rows and takes at most a second; sort=closest "
	"gives at most 1,000. Not offered: showDupeCount, showSkipCount, lastSkipTimestamp, "
	"resolveRevisits, showPagedIndex, output=link (see /timemap), lines of JSON objects, and the fields "
	"filename and offset, since there are no WARC files. /api/ lists all parameters.",
	"For the public, put a web server with TLS in front of it and say --behind-proxy. Settings under "
	"serve: give notice, contact, languages, the rate of one client, and whether search engines may "
	"index the pages.",
	"SIGTERM and SIGINT end what is being answered, then the program, with exit code 0. SIGHUP reads "
	"the settings anew: who is being answered is answered, and nobody is refused meanwhile; settings "
	"with faults change nothing. The archive itself and --listen stay as they were at the start. A "
	"socket that systemd hands over (LISTEN_FDS) is used instead of --listen.",
	NULL,
};

static const char *const examples[] = {
	"wirevault serve --listen 127.0.0.1:8080",
	"the archive of the settings, for a browser on this machine",
	NULL,
};

static void log_line(void *context, const char *line)
{
	wv_command_note(context, "%s", line);
}

/* Replay lies in the archive, which knows no HTML. */
static enum wv_status rewrite(void *context, struct wv_arena *arena, const struct wv_replayed *what,
                              struct wv_buf *out, struct wv_err *err)
{
	const struct wv_rewrite how = {
		.url = what->url, .content_type = what->content_type, .stamp = what->stamp};

	(void)context;
	(void)arena;
	return what->is_style ? wv_rewrite_style(&how, what->body, out, err)
	                      : wv_rewrite_html(&how, what->body, out, err);
}

static const struct wv_rewriter rewriter = {.rewrite = rewrite};

/* A socket of systemd's, as sd_listen_fds(3) has it; 0: none. */
static int socket_given(void)
{
	const char *count = getenv("LISTEN_FDS"), *whose = getenv("LISTEN_PID");
	uint64_t pid;

	if (!count || !whose || !wv_slice_equals(wv_slice_of(count), WV_LIT("1")) ||
	    !wv_slice_u64(wv_slice_of(whose), &pid) || pid != (uint64_t)getpid())
		return 0;
	return 3;
}

/* What lives as long as the command; `service` is replaced at each reload. */
struct serving {
	struct wv_command_context *c;
	struct wv_store *store;
	struct wv_side_reader side_reader;
	struct wv_service *service;
};

static enum wv_status start(const struct serving *serving, int listen_fd, struct wv_service **out,
                            struct wv_err *err)
{
	struct wv_command_context *c = serving->c;
	const char *listen = wv_command_option(c, "listen");
	struct wv_service_options service_options = {
		.store = serving->store,
		.settings = wv_settings_get(c->settings),
		.clock = c->clock,
		.side_reader = &serving->side_reader,
		.rewriter = &rewriter,
		.wish_reader = &wv_wish_reader,
		.listen = listen ? listen : "127.0.0.1:8080",
		.listen_fd = listen_fd,
		.trusts_proxy = wv_command_has(c, "behind-proxy"),
		.log = log_line,
		.log_context = c,
	};

	return wv_service_start(&service_options, out, err);
}

/* Starts one with the settings as they are now, on the same socket, then stops the other. */
static enum wv_status reload(struct serving *serving, struct wv_err *err)
{
	struct wv_command_context *c = serving->c;
	struct wv_settings_file *before = WV_TAKE(c->settings);
	const char *archive = c->archive;
	struct wv_service *next = NULL;
	enum wv_status st = wv_command_load_settings(c, err);

	c->archive = archive;
	if (st == WV_OK)
		st = start(serving, wv_service_listen_fd(serving->service), &next, err);
	if (st != WV_OK) {
		wv_settings_free(&c->settings);
		c->settings = before;
		return st;
	}
	wv_service_stop(&serving->service);
	wv_settings_free(&before);
	serving->service = next;
	return WV_OK;
}

/* Until it is told to stop. */
static void serve_on(struct serving *serving, const sigset_t *hangup)
{
	const struct timespec turn = {.tv_nsec = 100 * 1000 * 1000};

	while (!wv_command_stop_signal()) {
		struct wv_err err = WV_ERR_NONE;

		/* A signal to stop ends the wait at once. */
		if (sigtimedwait(hangup, NULL, &turn) != SIGHUP)
			continue;
		if (reload(serving, &err) == WV_OK)
			wv_command_note(serving->c, "settings read anew");
		else
			wv_command_note(serving->c, "going on with the settings of before: %s",
			                err.text);
	}
}

static enum wv_status serve(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	struct serving serving = {.c = c, .side_reader = wv_side_reader_of(c->clock)};
	sigset_t hangup;
	enum wv_status st;

	/* A page of half a megabyte is compared whole by the command, not while others wait. */
	serving.side_reader.body_bytes_max = COMPARED_MAX_BYTES;
	/* Long answers come from maps of their own and go back when they were taken; else the C
	 * library learns from the first one to keep them. */
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &hangup, NULL);
	st = wv_store_open(c->archive, &(struct wv_store_options){.read_only = true}, c->clock, &store,
	                   err);
	serving.store = store;
	if (st == WV_OK)
		st = start(&serving, socket_given(), &serving.service, err);
	if (st != WV_OK)
		return st;
	/* On stdout, for scripts that asked for port 0. */
	wv_buf_add_format(c->out, "http://%s/\n", wv_service_address(serving.service));
	st = wv_command_flush(c, err);
	if (st == WV_OK)
		serve_on(&serving, &hangup);
	wv_service_stop(&serving.service);
	return st;
}

const struct wv_command wv_command_serve = {
	.name = "serve",
	.summary = "show the archive to browsers and to programs that speak Memento, CDX or JSON",
	.arguments = "",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NO_JSON,
	.run = serve,
};
