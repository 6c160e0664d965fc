/*
 * wirevault-newsroom: wirevault with a clock that can be turned, and publishers to try it on.
 *
 *     wirevault-newsroom [--clock FILE] COMMAND ...
 *
 * has all of wirevault's commands, and `origin`, `turn` and `clock`. The clock lives in a file
 * (else WIREVAULT_NEWSROOM_CLOCK, else ./newsroom.clock) that every process of a trial shares.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/base/limits.h"
#include "crawler/cmd/command.h"
#include "tests/newsroom/desk.h"
#include "tests/newsroom/origin.h"

/* Monday, 2 March 2026, 08:00 UTC: where the stories begin. */
#define NEWSROOM_START_US     (INT64_C(1772438400) * WV_US_PER_S)
#define NEWSROOM_PORT         8090u
#define NEWSROOM_COMMANDS_MAX 64u

static enum wv_status load_press(const struct wv_command_context *context,
				 struct newsroom_press *press, struct wv_err *err)
{
	const char *folder = wv_command_option(context, "stories");

	return newsroom_press_load(context->arena, folder ? folder : NEWSROOM_STORIES, press, err);
}

static enum wv_status port_of(const struct wv_command_context *context, uint16_t *port,
			      struct wv_err *err)
{
	uint64_t n = NEWSROOM_PORT;
	enum wv_status st = wv_command_u64(context, "port", &n, err);

	if (st != WV_OK)
		return st;
	if (n == 0 || n > UINT16_MAX)
		return wv_err_set(err, WV_USAGE, "no port: --port %llu", (unsigned long long)n);
	*port = (uint16_t)n;
	return WV_OK;
}

static void print_inventory(struct wv_command_context *context, const struct newsroom_press *press,
			    uint16_t port)
{
	struct newsroom_scene scene = {
		.now = wv_clock_now(context->clock), .port = port, .arena = context->arena};

	for (size_t i = 0; i < press->count; i++) {
		scene.publisher = &press->publishers[i];
		newsroom_desk_inventory(&scene, context->out);
	}
}

/* The file says that all doors are open; whoever waits for it looks for nothing else. */
static enum wv_status write_ready(const char *path, struct wv_err *err)
{
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;

	if (path && fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", path);
	if (fd >= 0)
		close(fd);
	return WV_OK;
}

static enum wv_status run_origin(struct wv_command_context *context, struct wv_err *err)
{
	WV_AUTO(newsroom_origin_stop) struct newsroom_origin *origin = NULL;
	struct newsroom_press press;
	struct newsroom_origin_options options = {
		.press = &press,
		.clock = context->clock,
		.log_path = wv_command_option(context, "log"),
	};
	enum wv_status st = load_press(context, &press, err);

	if (st == WV_OK)
		st = port_of(context, &options.port, err);
	if (st != WV_OK)
		return st;
	if (wv_command_has(context, "inventory")) {
		print_inventory(context, &press, options.port);
		return WV_OK;
	}
	st = newsroom_origin_start(&options, &origin, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < press.count; i++)
		wv_command_note(context, "http://%.*s:%u/  %.*s",
				WV_FMT(press.publishers[i].address), options.port,
				WV_FMT(press.publishers[i].name));
	st = write_ready(wv_command_option(context, "ready"), err);
	while (st == WV_OK && wv_command_stop_signal() == 0)
		poll(NULL, 0, 100);
	return st;
}

static enum wv_status run_turn(struct wv_command_context *context, struct wv_err *err)
{
	char text[WV_TIME_TEXT_MAX];
	int64_t us;
	enum wv_status st = wv_duration_parse(wv_slice_of(context->arguments[0]), &us, err);

	if (st != WV_OK)
		return st;
	wv_clock_turn(context->clock, us);
	wv_buf_add_format(context->out, "%s\n", wv_time_print(wv_clock_now(context->clock), text));
	return WV_OK;
}

static enum wv_status run_clock(struct wv_command_context *context, struct wv_err *err)
{
	char text[WV_TIME_TEXT_MAX];

	(void)err;
	wv_buf_add_format(context->out, "%s\n", wv_time_print(wv_clock_now(context->clock), text));
	return WV_OK;
}

static const struct wv_option origin_options[] = {
	{"port", 0, "N", "port of all publishers (default 8090)", false, false},
	{"log", 0, "FILE", "append one JSON line for every answer", false, false},
	{"ready", 0, "FILE", "create this file once all publishers listen", false, false},
	{"stories", 0, "DIR", "read the publishers from here", false, false},
	{"inventory", 0, NULL, "print what is published now, one JSON line an article, and end",
	 false, false},
};
static const char *const origin_details[] = {
	"Serves ten invented publishers on 127.0.2.1 to 127.0.2.10 until it is interrupted. What "
	"they have published follows the simulated clock.",
	NULL};
static const struct wv_command command_origin = {
	.name = "origin",
	.summary = "serve the test publishers by the simulated clock",
	.details = origin_details,
	.options = origin_options,
	.option_count = WV_COUNT(origin_options),
	.flags = WV_COMMAND_NO_SETTINGS | WV_COMMAND_NO_JSON,
	.run = run_origin,
};

static const char *const turn_details[] = {
	"Moves the shared clock forward and prints what it shows then.", NULL};
static const char *const turn_examples[] = {"wirevault-newsroom turn 1d", "the next day", NULL};
static const struct wv_command command_turn = {
	.name = "turn",
	.summary = "turn the simulated clock forward",
	.arguments = "DURATION",
	.details = turn_details,
	.examples = turn_examples,
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_NO_SETTINGS | WV_COMMAND_NO_JSON,
	.run = run_turn,
};

static const struct wv_command command_clock = {
	.name = "clock",
	.summary = "print what the simulated clock shows",
	.flags = WV_COMMAND_NO_SETTINGS | WV_COMMAND_NO_JSON,
	.run = run_clock,
};

/* Takes "--clock FILE" off the front of the words. */
static const char *take_clock_path(int *argc, char **argv)
{
	const char *path = getenv("WIREVAULT_NEWSROOM_CLOCK");

	if (*argc > 2 && wv_slice_equals(wv_slice_of(argv[1]), WV_LIT("--clock"))) {
		path = argv[2];
		for (int i = 3; i <= *argc; i++)
			argv[i - 2] = argv[i];
		*argc -= 2;
	}
	return path && path[0] ? path : "newsroom.clock";
}

int main(int argc, char **argv)
{
	WV_AUTO(wv_clock_free) struct wv_clock *clock = NULL;
	const struct wv_command *commands[NEWSROOM_COMMANDS_MAX] = {NULL};
	struct wv_err err = WV_ERR_NONE;
	const char *path = take_clock_path(&argc, argv);
	size_t n = 0;
	enum wv_status st =
		wv_clock_new_simulated(path, (struct wv_time){NEWSROOM_START_US}, &clock, &err);

	if (st != WV_OK) {
		fprintf(stderr, "wirevault-newsroom: %s\n", err.text);
		return wv_status_exit_code(st);
	}
	for (; wv_commands[n] && n < NEWSROOM_COMMANDS_MAX - 4; n++)
		commands[n] = wv_commands[n];
	commands[n++] = &command_origin;
	commands[n++] = &command_turn;
	commands[n++] = &command_clock;
	return wv_command_main(argc, argv, "wirevault-newsroom", commands, clock);
}
