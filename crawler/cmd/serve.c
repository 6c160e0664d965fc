#include "archive/serve/service.h"

#include <stdio.h>
#include <time.h>

#include "archive/store/store.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/side.h"

#define COMPARED_MAX_BYTES (UINT64_C(2) << 20)

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
	"For the public, put a web server with TLS in front of it and say --behind-proxy. Settings under "
	"serve: give notice, contact, languages, the rate of one client, and whether search engines may "
	"index the pages.",
	"SIGTERM and SIGINT end what is being answered, then the program, with exit code 0.",
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

static void wait_for_signal(void)
{
	const struct timespec turn = {.tv_nsec = 100 * 1000 * 1000};

	while (!wv_command_stop_signal())
		(void)nanosleep(&turn, NULL); /* a signal ends it at once */
}

static enum wv_status serve(struct wv_command_context *c, struct wv_err *err)
{
	WV_AUTO(wv_store_close) struct wv_store *store = NULL;
	WV_AUTO(wv_service_stop) struct wv_service *service = NULL;
	const char *listen = wv_command_option(c, "listen");
	struct wv_side_reader side_reader = wv_side_reader_of(c->clock);
	enum wv_status st = wv_store_open(
		c->archive, &(struct wv_store_options){.read_only = true}, c->clock, &store, err);

	/* A page of megabytes is compared by the command, not while others wait. */
	side_reader.body_bytes_max = COMPARED_MAX_BYTES;
	if (st == WV_OK)
		st = wv_service_start(
			&(struct wv_service_options){
				.store = store,
				.settings = wv_settings_get(c->settings),
				.clock = c->clock,
				.side_reader = &side_reader,
				.listen = listen ? listen : "127.0.0.1:8080",
				.trusts_proxy = wv_command_has(c, "behind-proxy"),
				.log = log_line,
				.log_context = c,
			},
			&service, err);
	if (st != WV_OK)
		return st;
	/* On stdout, for scripts that asked for port 0. */
	wv_buf_add_format(c->out, "http://%s/\n", wv_service_address(service));
	st = wv_command_flush(c, err);
	if (st != WV_OK)
		return st;
	wait_for_signal();
	wv_service_stop(&service);
	return WV_OK;
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
