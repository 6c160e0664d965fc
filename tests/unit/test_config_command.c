/* `config check` and `config init`: exit codes and what is printed where. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/base/limits.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"

static char dir[] = "/tmp/test_config_XXXXXX";
static const struct wv_command *const commands[] = {&wv_command_config, NULL};

struct outcome {
	int code;
	struct wv_buf out, err;
};

static void read_back(int fd, struct wv_buf *into)
{
	ssize_t n;

	wv_buf_init(into, WV_MIB);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	do {
		unsigned char *at = wv_buf_room(into, 65536);

		assert_non_null(at);
		n = read(fd, at, 65536);
		assert_true(n >= 0);
		into->n += (size_t)n;
	} while (n > 0);
	assert_int_equal(close(fd), 0);
}

static int temporary(void)
{
	char path[] = "/tmp/test_config_out_XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	return fd;
}

/* Runs the program in a child, in the test's folder. */
static struct outcome run(const char *const *words)
{
	char *argv[10] = {NULL};
	struct outcome outcome = {0};
	int out = temporary(), err = temporary(), argc = 0, status;
	pid_t child;

	for (; words[argc]; argc++) {
		argv[argc] = strdup(words[argc]);
		assert_non_null(argv[argc]);
	}
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (chdir(dir) != 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
			_exit(99);
		status = wv_command_main(argc, argv, "wirevault", commands, wv_clock_system());
		fflush(NULL);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	outcome.code = WEXITSTATUS(status);
	read_back(out, &outcome.out);
	read_back(err, &outcome.err);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return outcome;
}

static void put(const char *name, const char *text)
{
	char path[100];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_rows(void **state)
{
	static const struct {
		const char *row;
		const char *words[8];
		int code;
		const char *out, *err; /* whole, or NULL: not looked at */
	} rows[] = {
		{"good",
		 {"wirevault", "config", "check", "good.yaml"},
		 0,
		 "good.yaml: no fault, 0 warnings, 1 source, 0 topics\n",
		 ""},
		{"good, by -c",
		 {"wirevault", "config", "check", "-c", "good.yaml"},
		 0,
		 "good.yaml: no fault, 0 warnings, 1 source, 0 topics\n",
		 ""},
		{"good, quiet",
		 {"wirevault", "config", "check", "--quiet", "good.yaml"},
		 0,
		 "",
		 ""},
		{"bad",
		 {"wirevault", "config", "check", "bad.yaml"},
		 78,
		 "",
		 "bad.yaml:1: archve: unknown key (did you mean 'archive'?)\n"
		 "bad.yaml:2: run.max_time: '5' is no duration (want a number and ms, s, m, h or "
		 "d)\n"
		 "wirevault: 'bad.yaml' has faults\n"},
		{"bad, JSON",
		 {"wirevault", "config", "check", "--json", "bad.yaml"},
		 78,
		 "{\"v\":1,\"kind\":\"fault\",\"file\":\"bad.yaml\",\"line\":1,\"reason\":\"archve:"
		 " "
		 "unknown key (did you mean 'archive'?)\"}\n"
		 "{\"v\":1,\"kind\":\"fault\",\"file\":\"bad.yaml\",\"line\":2,\"reason\":\"run."
		 "max_"
		 "time: '5' is no duration (want a number and ms, s, m, h or d)\"}\n"
		 "{\"v\":1,\"kind\":\"result\",\"file\":\"bad.yaml\",\"faults\":2,\"warnings\":0}"
		 "\n",
		 "wirevault: 'bad.yaml' has faults\n"},
		{"no contact",
		 {"wirevault", "config", "check", "lonely.yaml"},
		 0,
		 "lonely.yaml: no fault, 1 warning, 0 sources, 0 topics\n",
		 "lonely.yaml: warning: agent.contact is missing: crawl and snap refuse to ask "
		 "anybody anonymously\n"},
		{"no contact, JSON",
		 {"wirevault", "config", "check", "--jsonl", "lonely.yaml"},
		 0,
		 "{\"v\":1,\"kind\":\"warning\",\"file\":\"lonely.yaml\",\"line\":null,\"reason\":"
		 "\"agent.contact is missing: crawl and snap refuse to ask anybody anonymously\"}\n"
		 "{\"v\":1,\"kind\":\"result\",\"file\":\"lonely.yaml\",\"faults\":0,\"warnings\":"
		 "1,"
		 "\"sources\":0,\"topics\":0}\n",
		 ""},
		{"a file it names is missing",
		 {"wirevault", "config", "check", "names.yaml"},
		 0,
		 "names.yaml: no fault, 1 warning, 0 sources, 0 topics\n",
		 "names.yaml: warning: stories.words: '/nowhere/words' cannot be used: No such "
		 "file "
		 "or directory\n"},
		{"missing",
		 {"wirevault", "config", "check", "none.yaml"},
		 66,
		 "",
		 "wirevault: cannot read the settings 'none.yaml': No such file or directory\n"},
		{"a folder", {"wirevault", "config", "check", "."}, 66, "", NULL},
		{"no file", {"wirevault", "config", "check"}, 64, "", NULL},
		{"two files", {"wirevault", "config", "check", "a", "b"}, 64, "", NULL},
		{"neither", {"wirevault", "config", "chek"}, 64, "", NULL},
		{"init over a file",
		 {"wirevault", "config", "init", "-o", "good.yaml"},
		 73,
		 "",
		 "wirevault: 'good.yaml' is there already and is not overwritten\n"},
		{"init in no folder",
		 {"wirevault", "config", "init", "-o", "no/where"},
		 73,
		 "",
		 NULL},
		{"init with FILE", {"wirevault", "config", "init", "new.yaml"}, 64, "", NULL},
		{"-o with check", {"wirevault", "config", "check", "-o", "x"}, 64, "", NULL},
		{"init", {"wirevault", "config", "init", "--quiet", "-o", "new.yaml"}, 0, "", ""},
		{"what init wrote",
		 {"wirevault", "config", "check", "new.yaml"},
		 0,
		 "new.yaml: no fault, 1 warning, 0 sources, 0 topics\n",
		 NULL},
	};
	int faults = 0;

	(void)state;
	assert_int_equal(unsetenv("WIREVAULT_CONFIG"), 0);
	put("good.yaml",
	    "agent: {contact: 'mailto:a@b'}\nsources: [{name: a, seeds: ['http://x/']}]\n");
	put("bad.yaml", "archve: a\nrun: {max_time: 5}\n");
	put("lonely.yaml", "archive: a\n");
	put("names.yaml", "agent: {contact: 'mailto:a@b'}\nstories: {words: /nowhere/words}\n");
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct outcome got = run(rows[i].words);
		struct wv_slice out = wv_buf_slice(&got.out), err = wv_buf_slice(&got.err);

		if (got.code != rows[i].code ||
		    (rows[i].out && !wv_slice_equals(out, wv_slice_of(rows[i].out))) ||
		    (rows[i].err && !wv_slice_equals(err, wv_slice_of(rows[i].err)))) {
			print_error("row '%s'\nexpected: %d\n%s%s\ngot: %d\n%.*s%.*s\n",
				    rows[i].row, rows[i].code, rows[i].out ? rows[i].out : "",
				    rows[i].err ? rows[i].err : "", got.code, WV_FMT(out),
				    WV_FMT(err));
			faults++;
		}
		wv_buf_done(&got.out);
		wv_buf_done(&got.err);
	}
	assert_int_equal(faults, 0);
}

static void test_init_to_stdout(void **state)
{
	struct outcome got = run((const char *const[]){"wirevault", "config", "init", NULL});

	(void)state;
	assert_int_equal(got.code, 0);
	assert_true(wv_slice_equals(wv_buf_slice(&got.out), wv_settings_template()));
	assert_int_equal(got.err.n, 0);
	wv_buf_done(&got.out);
	wv_buf_done(&got.err);
}

static void test_environment(void **state)
{
	struct outcome got;

	(void)state;
	assert_int_equal(setenv("WIREVAULT_CONFIG", "bad.yaml", 1), 0);
	got = run((const char *const[]){"wirevault", "config", "check", NULL});
	assert_int_equal(unsetenv("WIREVAULT_CONFIG"), 0);
	assert_int_equal(got.code, 78);
	wv_buf_done(&got.out);
	wv_buf_done(&got.err);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"good.yaml", "bad.yaml", "lonely.yaml", "names.yaml",
					    "new.yaml"};
	char path[100];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (unlink(path) != 0)
			return -1;
	}
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_init_to_stdout),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
