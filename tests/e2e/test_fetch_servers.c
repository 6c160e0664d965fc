/*
 * The fetcher against servers that are not ours, over both address families: HTTP/1.1 and HTTP/2
 * over TLS with an authority of its own, gzip, validators, connections that are used again, names
 * looked up once. Of nginx, Apache and lighttpd those that are installed; the others are skipped,
 * with the reason.
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

static char folder[] = "/tmp/wirevault-servers-XXXXXX";
static struct wv_buf page;

/* A server: how it is told what to serve, and how it names itself. */
struct server {
	const char *name, *program;
	void (*write_settings)(const struct server *server);
	const char *command; /* for the shell, in the folder */
	const char *names_itself;
	uint16_t plain_port, tls_port;
	pid_t pid; /* 0: not there */
};

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

static void write_nginx(const struct server *server)
{
	struct wv_buf conf;

	wv_buf_init(&conf, 10000);
	wv_buf_add_format(
		&conf,
		"daemon off; master_process off; pid %s/nginx.pid; error_log %s/error.log;\n"
		"events { worker_connections 512; }\n"
		"http {\n"
		" access_log off; default_type text/html; types { text/html html; }\n"
		" client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3;\n"
		" uwsgi_temp_path %s/t4; scgi_temp_path %s/t5; charset utf-8;\n"
		" gzip on; gzip_min_length 100;\n"
		" server { listen 127.0.0.1:%u; listen [::1]:%u; listen 127.0.0.1:%u ssl http2;\n"
		"  listen [::1]:%u ssl http2; ssl_certificate %s/cert.pem; ssl_certificate_key "
		"%s/key.pem;\n"
		"  root %s/site; location = /moved { return 301 /page.html; } }\n"
		"}\n",
		folder, folder, folder, folder, folder, folder, folder, server->plain_port,
		server->plain_port, server->tls_port, server->tls_port, folder, folder, folder);
	write_file("nginx.conf", wv_buf_slice(&conf));
	wv_buf_done(&conf);
}

static void write_apache(const struct server *server)
{
	static const char *const modules[] = {"mpm_event",     "authz_core", "dir",    "mime",
					      "alias",         "deflate",    "filter", "headers",
					      "socache_shmcb", "ssl",        "http2"};
	struct wv_buf conf;

	wv_buf_init(&conf, 10000);
	for (size_t i = 0; i < WV_COUNT(modules); i++)
		wv_buf_add_format(&conf,
				  "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n",
				  modules[i], modules[i]);
	wv_buf_add_format(
		&conf,
		"ServerName news.example\nPidFile %s/apache.pid\nErrorLog %s/apache.log\n"
		"DefaultRuntimeDir %s\nTypesConfig /dev/null\nAddType text/html .html\n"
		"AddDefaultCharset utf-8\nAddOutputFilterByType DEFLATE text/html\n"
		"StartServers 1\nThreadsPerChild 16\nMinSpareThreads 1\nMaxRequestWorkers 16\n"
		"Protocols h2 http/1.1\nDocumentRoot %s/site\n"
		"Listen 127.0.0.1:%u\nListen [::1]:%u\nListen 127.0.0.1:%u\nListen [::1]:%u\n"
		"<Directory %s/site>\nRequire all granted\n</Directory>\n"
		"Redirect 301 /moved /page.html\n"
		"<VirtualHost *:%u>\nSSLEngine on\nSSLCertificateFile %s/cert.pem\n"
		"SSLCertificateKeyFile %s/key.pem\n</VirtualHost>\n",
		folder, folder, folder, folder, server->plain_port, server->plain_port,
		server->tls_port, server->tls_port, folder, server->tls_port, folder, folder);
	write_file("apache.conf", wv_buf_slice(&conf));
	wv_buf_done(&conf);
}

static void write_lighttpd(const struct server *server)
{
	struct wv_buf conf;

	wv_buf_init(&conf, 10000);
	wv_buf_add_format(
		&conf,
		"server.modules = (\"mod_redirect\", \"mod_deflate\", \"mod_openssl\")\n"
		"server.document-root = \"%s/site\"\nserver.errorlog = \"%s/lighttpd.log\"\n"
		"server.bind = \"127.0.0.1\"\nserver.port = %u\n"
		"mimetype.assign = (\".html\" => \"text/html; charset=utf-8\")\n"
		"deflate.mimetypes = (\"text/html\")\n"
		"deflate.allowed-encodings = (\"gzip\")\n"
		"url.redirect = (\"^/moved$\" => \"/page.html\")\n"
		"$SERVER[\"socket\"] == \"[::1]:%u\" { }\n",
		folder, folder, server->plain_port, server->plain_port);
	for (int six = 0; six < 2; six++)
		wv_buf_add_format(&conf,
				  "$SERVER[\"socket\"] == \"%s:%u\" { ssl.engine = \"enable\"\n"
				  " ssl.pemfile = \"%s/cert.pem\"\n"
				  " ssl.privkey = \"%s/key.pem\" }\n",
				  six ? "[::1]" : "127.0.0.1", server->tls_port, folder, folder);
	write_file("lighttpd.conf", wv_buf_slice(&conf));
	wv_buf_done(&conf);
}

static struct server servers[] = {
	{.name = "nginx",
	 .program = "nginx",
	 .write_settings = write_nginx,
	 .command = "exec nginx -p . -e error.log -c nginx.conf",
	 .names_itself = "nginx"},
	{.name = "Apache",
	 .program = "apache2",
	 .write_settings = write_apache,
	 .command = "exec apache2 -D FOREGROUND -d . -f apache.conf",
	 .names_itself = "Apache"},
	{.name = "lighttpd",
	 .program = "lighttpd",
	 .write_settings = write_lighttpd,
	 .command = "exec lighttpd -D -f lighttpd.conf",
	 .names_itself = "lighttpd"},
};

static bool is_up(const struct server *server)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(server->tls_port)};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 200; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		bool ok = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

		close(fd);
		if (ok)
			return true;
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
			return false;
		usleep(50000); /* another process; there is nothing to wait on */
	}
	return false;
}

static void write_site(void)
{
	char site[200];

	snprintf(site, sizeof(site), "%s/site", folder);
	if (mkdir(site, 0755) != 0 || chmod(folder, 0755) != 0)
		abort();
	wv_buf_init(&page, 1u << 20);
	wv_buf_add_string(&page, "<!doctype html><title>A page</title>\n");
	for (int i = 0; i < PAGE_LINES; i++)
		wv_buf_add_format(&page, "<p>Paragraph %d of a page long enough to be packed.\n",
				  i);
	write_file("site/page.html", wv_buf_slice(&page));
}

static bool start_server(struct server *server)
{
	server->plain_port = free_port();
	server->tls_port = free_port();
	server->write_settings(server);
	server->pid = fork();
	if (server->pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		if (chdir(folder) != 0)
			_exit(127);
		dup2(null, 2);
		setenv("PATH", "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin", 1);
		execl("/bin/sh", "sh", "-c", server->command, (char *)NULL);
		_exit(127);
	}
	return server->pid > 0 && is_up(server);
}

struct bench {
	const struct server *server;
	struct wv_guard guard;
	uint16_t ports[2];
	struct wv_resolve_entry table[2];
	char ca_file[200];
	struct wv_fetch *fetch;
};

static void bench_open(struct bench *bench, const struct server *server, bool with_authority)
{
	struct wv_fetch_options options = {.agent_name = WV_LIT("wirevault"),
					   .contact = WV_LIT("https://example.org/bot"),
					   .timeout_us = 10 * WV_US_PER_S,
					   .clock = wv_clock_system()};

	snprintf(bench->ca_file, sizeof(bench->ca_file), "%s/ca.pem", folder);
	bench->server = server;
	bench->ports[0] = server->plain_port;
	bench->ports[1] = server->tls_port;
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

	snprintf(url, sizeof(url), "%s://%s:%u%s", scheme, host,
		 is_tls ? bench->server->tls_port : bench->server->plain_port, path);
	assert_int_equal(WV_OK, wv_fetch_start(bench->fetch,
					       &(struct wv_fetch_request){.url = wv_slice_of(url),
									  .etag = etag},
					       NULL));
}

struct way_row {
	const char *name, *scheme, *host, *address;
	int major;
	const char *first_line;
	enum wv_fetch_tls tls;
};

static const struct way_row rows[] = {
	{"HTTP/1.1", "http", "news.example", "127.0.0.1", 1, "HTTP/1.1 200 OK\r\n",
	 WV_FETCH_TLS_NONE},
	{"HTTP/1.1 over IPv6", "http", "[::1]", "::1", 1, "HTTP/1.1 200 OK\r\n", WV_FETCH_TLS_NONE},
	{"HTTP/1.1 over IPv6 by name", "http", "six.example", "::1", 1, "HTTP/1.1 200 OK\r\n",
	 WV_FETCH_TLS_NONE},
	{"HTTP/2", "https", "news.example", "127.0.0.1", 2, "HTTP/2 200 \r\n",
	 WV_FETCH_TLS_VERIFIED},
	{"HTTP/2 over IPv6", "https", "six.example", "::1", 2, "HTTP/2 200 \r\n",
	 WV_FETCH_TLS_VERIFIED},
};

static void check_body(const char *name, const struct wv_fetch_answer *answer)
{
	struct wv_slice headers = wv_buf_slice(&answer->headers);
	struct wv_buf body;

	wv_buf_init(&body, 1u << 20);
	row_text(name, wv_headers_first(headers, WV_LIT("content-encoding")), "gzip");
	row_int(name, answer->body.n < page.n / 2, true);
	row_int(name,
		wv_fetch_decode_body(wv_buf_slice(&answer->body), headers, page.n, &body, NULL),
		WV_OK);
	row_int(name, wv_slice_equals(wv_buf_slice(&body), wv_buf_slice(&page)), true);
	wv_buf_done(&body);
}

static void check_row(const struct way_row *row, const struct server *server,
		      const struct wv_fetch_answer *answer)
{
	struct wv_slice headers = wv_buf_slice(&answer->headers);
	struct wv_headers_type type;
	char name[80];

	snprintf(name, sizeof(name), "%s, %s", server->name, row->name);
	row_text(name, wv_slice_of(wv_fetch_outcome_name(answer->outcome)), "answered");
	row_int(name, answer->status, 200);
	row_int(name, answer->http_major, row->major);
	row_int(name, answer->headers_rebuilt, row->major == 2);
	row_int(name, answer->tls, row->tls);
	row_text(name, wv_slice_of(answer->address), row->address);
	row_text(name, wv_slice_part(headers, 0, strlen(row->first_line)), row->first_line);
	row_int(name, wv_slice_ends(headers, WV_LIT("\r\n\r\n")), true);
	row_int(name,
		wv_slice_starts(wv_headers_first(headers, WV_LIT("server")),
				wv_slice_of(server->names_itself)),
		true);
	wv_headers_content_type(headers, &type);
	row_text(name, wv_slice_of(type.essence), "text/html");
	row_text(name, type.charset, "utf-8");
	row_int(name, wv_slice_ends(wv_buf_slice(&answer->request), WV_LIT("\r\n\r\n")), true);
	check_body(name, answer);
}

static void every_way(struct server *server)
{
	struct bench bench;

	bench_open(&bench, server, true);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_answer *answer;

		start(&bench, rows[i].scheme, rows[i].host, "/page.html", WV_SLICE_NONE);
		answer = await(&bench);
		check_row(&rows[i], server, answer);
		wv_fetch_answer_free(&answer);
	}
	wv_fetch_free(&bench.fetch);
}

/* An entity tag goes back as it came; the answer is 304 without a body. */
static void validators(struct server *server)
{
	struct bench bench;

	bench_open(&bench, server, true);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_fetch_answer *first, *second;
		struct wv_slice etag;

		start(&bench, rows[i].scheme, rows[i].host, "/page.html", WV_SLICE_NONE);
		first = await(&bench);
		etag = wv_headers_last(wv_buf_slice(&first->headers), WV_LIT("etag"));
		row_int(server->name, etag.n > 0, true);
		start(&bench, rows[i].scheme, rows[i].host, "/page.html", etag);
		second = await(&bench);
		row_int(rows[i].name, second->outcome, WV_FETCH_ANSWERED);
		row_int(rows[i].name, second->status, 304);
		row_int(rows[i].name, (long long)second->body.n, 0);
		wv_fetch_answer_free(&first);
		wv_fetch_answer_free(&second);
	}
	wv_fetch_free(&bench.fetch);
}

static void many_streams(struct server *server)
{
	struct bench bench;
	size_t good = 0;

	bench_open(&bench, server, true);
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
	row_int(server->name, (long long)good, 60);
	wv_fetch_free(&bench.fetch);
}

/* Connections that the server has open to us, by what the kernel says of its port. */
static unsigned count_sockets(const char *file, unsigned port)
{
	FILE *table = fopen(file, "r");
	unsigned count = 0;
	char line[400], end[20];

	/* "  0: ADDRESS:PORT ADDRESS:PORT STATE ...", where 01 is an established connection. */
	snprintf(end, sizeof(end), ":%04X 01 ", port);
	while (table && fgets(line, sizeof(line), table))
		count += strstr(line, end) != NULL;
	if (table)
		fclose(table);
	return count;
}

/* Ten answers one after the other come over one connection, of each kind and family. */
static void connections_are_used_again(struct server *server)
{
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		bool is_six = strcmp(rows[i].address, "::1") == 0;
		unsigned port = rows[i].scheme[4] == 's' ? server->tls_port : server->plain_port;
		struct bench bench;

		bench_open(&bench, server, true);
		for (int n = 0; n < 10; n++) {
			struct wv_fetch_answer *answer;

			start(&bench, rows[i].scheme, rows[i].host, "/page.html", WV_SLICE_NONE);
			answer = await(&bench);
			row_int(rows[i].name, answer->status, 200);
			check_body(rows[i].name, answer);
			wv_fetch_answer_free(&answer);
		}
		row_int(server->name,
			count_sockets(is_six ? "/proc/net/tcp6" : "/proc/net/tcp", port), 1);
		wv_fetch_free(&bench.fetch);
	}
}

static void an_unknown_authority(struct server *server)
{
	static const char *const hosts[] = {"news.example", "six.example"};
	struct bench bench;

	bench_open(&bench, server, false);
	for (size_t i = 0; i < WV_COUNT(hosts); i++) {
		struct wv_fetch_answer *answer;

		start(&bench, "https", hosts[i], "/page.html", WV_SLICE_NONE);
		answer = await(&bench);
		row_int(server->name, answer->outcome, WV_FETCH_TLS);
		row_int(server->name, answer->status, 0);
		wv_fetch_answer_free(&answer);
	}
	wv_fetch_free(&bench.fetch);
}

/* The certificate is for names; by its address the server is not who it says. */
static void another_name(struct server *server)
{
	struct wv_fetch_answer *answer;
	struct bench bench;

	bench_open(&bench, server, true);
	start(&bench, "https", "[::1]", "/page.html", WV_SLICE_NONE);
	answer = await(&bench);
	row_int(server->name, answer->outcome, WV_FETCH_TLS);
	wv_fetch_answer_free(&answer);
	wv_fetch_free(&bench.fetch);
}

static void each_server(void **state)
{
	static void (*const parts[])(struct server * server) = {every_way,
								validators,
								many_streams,
								connections_are_used_again,
								an_unknown_authority,
								another_name};

	(void)state;
	for (size_t s = 0; s < WV_COUNT(servers); s++)
		for (size_t p = 0; p < WV_COUNT(parts) && servers[s].pid > 0; p++)
			parts[p](&servers[s]);
	rows_end();
}

static int set_up(void **state)
{
	(void)state;
	if (!is_installed("openssl")) {
		printf("skipped: openssl must be installed for this test\n");
		return 0;
	}
	if (!mkdtemp(folder) || !make_certificates())
		return -1;
	write_site();
	for (size_t s = 0; s < WV_COUNT(servers); s++) {
		if (!is_installed(servers[s].program)) {
			printf("skipped: %s is not installed\n", servers[s].name);
		} else if (!start_server(&servers[s])) {
			print_error("%s did not start; see %s\n", servers[s].name, folder);
			return -1;
		}
	}
	return 0;
}

static int tear_down(void **state)
{
	char script[200];

	(void)state;
	for (size_t s = 0; s < WV_COUNT(servers); s++) {
		if (servers[s].pid <= 0)
			continue;
		kill(servers[s].pid, SIGTERM);
		waitpid(servers[s].pid, NULL, 0);
	}
	wv_buf_done(&page);
	snprintf(script, sizeof(script), "rm -rf '%s'", folder);
	return run_script(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_server)};
	int failed = cmocka_run_group_tests(tests, set_up, tear_down);

	for (size_t s = 0; s < WV_COUNT(servers); s++)
		if (servers[s].pid > 0)
			return failed;
	return failed ? failed : 77; /* nothing was tried */
}
