/*
 * The fetcher against a server that is not ours: HTTP/2 over TLS with an authority of its own,
 * gzip, IPv6, validators. Skipped, with the reason, where nginx or openssl is not installed.
 */
#include "crawler/fetch/fetch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crawler/fetch/headers.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define PAGE_LINES 3000

static char folder[] = "/tmp/wirevault-nginx-XXXXXX";
static uint16_t plain_port, tls_port;
static pid_t server = -1;
static struct wv_buf page;

static const struct wv_address_block loopback[] = {
	{{127}, false, 8},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true, 128},
};

static bool is_installed(const char *program)
{
	static const char *const places[] = {"/usr/sbin", "/usr/bin", "/usr/local/sbin",
					     "/usr/local/bin"};

	for (size_t i = 0; i < WV_COUNT(places); i++) {
		char path[100];

		snprintf(path, sizeof(path), "%s/%s", places[i], program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static uint16_t free_port(void)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET6, SOCK_STREAM, 0); /* at [::]: free for both families */

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		abort();
	close(fd);
	return ntohs(at.sin6_port);
}

static int run_script(const char *script)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

static void write_file(const char *name, struct wv_slice content)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(content.p, 1, content.n, file) != content.n || fclose(file) != 0)
		abort();
}

/* An authority and a certificate by it for news.example. */
static bool make_certificates(void)
{
	char script[2000];

	snprintf(
		script, sizeof(script),
		"cd '%s' && exec 2>/dev/null && K='-newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		"-nodes'"
		" && openssl req -x509 $K -keyout ca.key -out ca.pem -days 2 -subj "
		"/CN=test-authority"
		" && openssl req $K -keyout key.pem -out req.pem -subj /CN=news.example"
		" && printf 'subjectAltName=DNS:news.example,DNS:six.example' > ext"
		" && openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
		" -extfile ext -out cert.pem",
		folder);
	return run_script(script) == 0;
}

static void write_settings(void)
{
	struct wv_buf conf;

	wv_buf_init(&conf, 10000);
	wv_buf_add_format(
		&conf,
		"daemon off; master_process off; pid %s/pid; error_log %s/error.log;\n"
		"events { worker_connections 512; }\n"
		"http {\n"
		" access_log %s/access.log; default_type text/html; types { text/html html; }\n"
		" client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3;\n"
		" uwsgi_temp_path %s/t4; scgi_temp_path %s/t5; charset utf-8;\n"
		" gzip on; gzip_min_length 100;\n"
		" server { listen 127.0.0.1:%u; listen [::1]:%u; listen 127.0.0.1:%u ssl http2;\n"
		"  listen [::1]:%u ssl http2; ssl_certificate %s/cert.pem; ssl_certificate_key "
		"%s/key.pem;\n"
		"  root %s/site; location = /moved { return 301 /page.html; } }\n"
		"}\n",
		folder, folder, folder, folder, folder, folder, folder, folder, plain_port,
		plain_port, tls_port, tls_port, folder, folder, folder);
	write_file("nginx.conf", wv_buf_slice(&conf));
	wv_buf_done(&conf);
}

static bool is_up(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(tls_port)};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 100; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		bool ok = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

		close(fd);
		if (ok)
			return true;
		if (waitpid(server, NULL, WNOHANG) == server)
			return false;
		usleep(50000); /* another process; there is nothing to wait on */
	}
	return false;
}

static bool start_server(void)
{
	char conf[200], prefix[200], site[200];

	snprintf(site, sizeof(site), "%s/site", folder);
	if (mkdir(site, 0755) != 0)
		return false;
	wv_buf_init(&page, 1u << 20);
	wv_buf_add_string(&page, "<!doctype html><title>A page</title>\n");
	for (int i = 0; i < PAGE_LINES; i++)
		wv_buf_add_format(&page, "<p>Paragraph %d of a page long enough to be packed.\n",
				  i);
	write_file("site/page.html", wv_buf_slice(&page));
	write_settings();
	snprintf(conf, sizeof(conf), "%s/nginx.conf", folder);
	snprintf(prefix, sizeof(prefix), "%s/", folder);
	server = fork();
	if (server == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		setenv("PATH", "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin", 1);
		execlp("nginx", "nginx", "-p", prefix, "-e", "error.log", "-c", conf, (char *)NULL);
		_exit(127);
	}
	return server > 0 && is_up();
}

struct bench {
	struct wv_guard guard;
	uint16_t ports[2];
	struct wv_resolve_entry table[2];
	char ca_file[200];
	struct wv_fetch *fetch;
};

static void bench_open(struct bench *bench, bool with_authority)
{
	struct wv_fetch_options options = {.agent_name = WV_LIT("wirevault"),
					   .contact = WV_LIT("https://example.org/bot"),
					   .timeout_us = 10 * WV_US_PER_S,
					   .clock = wv_clock_system()};

	snprintf(bench->ca_file, sizeof(bench->ca_file), "%s/ca.pem", folder);
	bench->ports[0] = plain_port;
	bench->ports[1] = tls_port;
	bench->guard = (struct wv_guard){.allow_private = loopback,
					 .allow_private_count = WV_COUNT(loopback),
					 .ports = bench->ports,
					 .port_count = 2};
	bench->table[0] = (struct wv_resolve_entry){WV_LIT("news.example"), WV_LIT("127.0.0.1")};
	bench->table[1] = (struct wv_resolve_entry){WV_LIT("six.example"), WV_LIT("::1")};
	options.guard = &bench->guard;
	options.resolve = bench->table;
	options.resolve_count = WV_COUNT(bench->table);
	if (with_authority)
		options.ca_file = wv_slice_of(bench->ca_file);
	assert_int_equal(WV_OK, wv_fetch_new(&options, &bench->fetch, NULL));
}

static struct wv_fetch_answer *await(struct bench *bench)
{
	struct wv_fetch_answer *answer = NULL;

	for (int i = 0; i < 300; i++) {
		if (wv_fetch_turn(bench->fetch, WV_US_PER_S / 10, &answer, 1) == 1)
			return answer;
	}
	fail_msg("no answer within 30 s");
	return NULL;
}

static void start(struct bench *bench, const char *scheme, const char *host, const char *path,
		  struct wv_slice etag)
{
	bool is_tls = scheme[4] == 's';
	char url[200];

	snprintf(url, sizeof(url), "%s://%s:%u%s", scheme, host, is_tls ? tls_port : plain_port,
		 path);
	assert_int_equal(WV_OK, wv_fetch_start(bench->fetch,
					       &(struct wv_fetch_request){.url = wv_slice_of(url),
									  .etag = etag},
					       NULL));
}

struct server_row {
	const char *name, *scheme, *host, *address;
	int major;
	const char *first_line;
	enum wv_fetch_tls tls;
};

static const struct server_row rows[] = {
	{"HTTP/1.1", "http", "news.example", "127.0.0.1", 1, "HTTP/1.1 200 OK\r\nServer: nginx",
	 WV_FETCH_TLS_NONE},
	{"HTTP/1.1 over IPv6", "http", "[::1]", "::1", 1, "HTTP/1.1 200 OK\r\nServer: nginx",
	 WV_FETCH_TLS_NONE},
	{"HTTP/2", "https", "news.example", "127.0.0.1", 2, "HTTP/2 200 \r\nserver: nginx",
	 WV_FETCH_TLS_VERIFIED},
	{"HTTP/2 over IPv6", "https", "six.example", "::1", 2, "HTTP/2 200 \r\nserver: nginx",
	 WV_FETCH_TLS_VERIFIED},
};

static void check_row(const struct server_row *row, const struct wv_fetch_answer *answer)
{
	struct wv_slice headers = wv_buf_slice(&answer->headers);
	struct wv_headers_type type;
	struct wv_buf body;

	wv_buf_init(&body, 1u << 20);
	row_text(row->name, wv_slice_of(wv_fetch_outcome_name(answer->outcome)), "answered");
	row_int(row->name, answer->status, 200);
	row_int(row->name, answer->http_major, row->major);
	row_int(row->name, answer->headers_rebuilt, row->major == 2);
	row_int(row->name, answer->tls, row->tls);
	row_text(row->name, wv_slice_of(answer->address), row->address);
	row_text(row->name, wv_slice_part(headers, 0, strlen(row->first_line)), row->first_line);
	row_int(row->name, wv_slice_ends(headers, WV_LIT("\r\n\r\n")), true);
	row_text(row->name, wv_headers_first(headers, WV_LIT("content-encoding")), "gzip");
	wv_headers_content_type(headers, &type);
	row_text(row->name, wv_slice_of(type.essence), "text/html");
	row_text(row->name, type.charset, "utf-8");
	row_int(row->name, wv_slice_ends(wv_buf_slice(&answer->request), WV_LIT("\r\n\r\n")), true);
	row_int(row->name, answer->body.n < page.n / 2, true);
	row_int(row->name,
		wv_fetch_decode_body(wv_buf_slice(&answer->body), headers, page.n, &body, NULL),
		WV_OK);
	row_int(row->name, wv_slice_equals(wv_buf_slice(&body), wv_buf_slice(&page)), true);
	wv_buf_done(&body);
}

static void every_way(void **state)
{
	struct bench bench;

	(void)state;
	if (server < 0)
		skip();
	bench_open(&bench, true);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_answer *answer;

		start(&bench, rows[i].scheme, rows[i].host, "/page.html", WV_SLICE_NONE);
		answer = await(&bench);
		check_row(&rows[i], answer);
		wv_fetch_answer_free(&answer);
	}
	wv_fetch_free(&bench.fetch);
	rows_end();
}

static void validators(void **state)
{
	static const char *const schemes[] = {"http", "https"};
	struct bench bench;

	(void)state;
	if (server < 0)
		skip();
	bench_open(&bench, true);
	for (size_t i = 0; i < WV_COUNT(schemes); i++) {
		struct wv_fetch_answer *first, *second;
		struct wv_slice etag;

		start(&bench, schemes[i], "news.example", "/page.html", WV_SLICE_NONE);
		first = await(&bench);
		etag = wv_headers_last(wv_buf_slice(&first->headers), WV_LIT("etag"));
		row_int(schemes[i], wv_slice_starts(etag, WV_LIT("W/\"")), true);
		start(&bench, schemes[i], "news.example", "/page.html", etag);
		second = await(&bench);
		row_int(schemes[i], second->outcome, WV_FETCH_ANSWERED);
		row_int(schemes[i], second->status, 304);
		row_int(schemes[i], (long long)second->body.n, 0);
		wv_fetch_answer_free(&first);
		wv_fetch_answer_free(&second);
	}
	wv_fetch_free(&bench.fetch);
	rows_end();
}

static void many_streams(void **state)
{
	struct bench bench;
	size_t good = 0;

	(void)state;
	if (server < 0)
		skip();
	bench_open(&bench, true);
	for (int i = 0; i < 60; i++)
		start(&bench, "https", i % 2 ? "news.example" : "six.example",
		      i % 3 ? "/page.html" : "/moved", WV_SLICE_NONE);
	for (int i = 0; i < 60; i++) {
		struct wv_fetch_answer *answer = await(&bench);

		good += answer->outcome == WV_FETCH_ANSWERED &&
			(answer->status == 200 ||
			 (answer->status == 301 &&
			  wv_headers_has(wv_buf_slice(&answer->headers), WV_LIT("location"))));
		wv_fetch_answer_free(&answer);
	}
	assert_int_equal(60, good);
	wv_fetch_free(&bench.fetch);
}

static void an_unknown_authority(void **state)
{
	struct wv_fetch_answer *answer;
	struct bench bench;

	(void)state;
	if (server < 0)
		skip();
	bench_open(&bench, false);
	start(&bench, "https", "news.example", "/page.html", WV_SLICE_NONE);
	answer = await(&bench);
	assert_int_equal(WV_FETCH_TLS, answer->outcome);
	assert_int_equal(0, answer->status);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
}

static int set_up(void **state)
{
	(void)state;
	if (!is_installed("nginx") || !is_installed("openssl")) {
		printf("skipped: nginx and openssl must be installed for this test\n");
		return 0;
	}
	plain_port = free_port();
	tls_port = free_port();
	if (!mkdtemp(folder) || !make_certificates() || !start_server()) {
		print_error("nginx did not start; see %s\n", folder);
		return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	char script[200];

	(void)state;
	if (server < 0)
		return 0;
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	wv_buf_done(&page);
	snprintf(script, sizeof(script), "rm -rf '%s'", folder);
	return run_script(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way),
		cmocka_unit_test(validators),
		cmocka_unit_test(many_streams),
		cmocka_unit_test(an_unknown_authority),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
