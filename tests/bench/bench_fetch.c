/*
 * What a page costs the fetcher: bench_fetch [-c CONNECTIONS] [-d] URLS
 *
 * Fetches every http URL of the file (one a line, on loopback) once, as fast as it goes, and prints
 * CPU milliseconds a page. -d also inflates each body, as a worker would. Run by hand beside a bare
 * libcurl program over the same list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "crawler/fetch/fetch.h"

static const struct wv_address_block loopback[] = {{{127}, false, 8}};
static const uint16_t ports[] = {80, 8080, 8000};

struct counts {
	size_t answered, failed, ok_status;
	uint64_t encoded_bytes, decoded_bytes;
};

static void count_answer(struct counts *counts, struct wv_fetch_answer *answer, bool decode)
{
	struct wv_buf body;

	counts->answered++;
	counts->ok_status += answer->status == 200;
	if (answer->outcome != WV_FETCH_ANSWERED) {
		if (counts->failed++ < 5)
			fprintf(stderr, "%s: %s\n", wv_fetch_outcome_name(answer->outcome),
				answer->words);
	}
	counts->encoded_bytes += answer->body.n;
	if (!decode)
		return;
	wv_buf_init(&body, WV_LIMIT_BODY_BYTES);
	if (wv_fetch_decode_body(wv_buf_slice(&answer->body), wv_buf_slice(&answer->headers),
				 WV_LIMIT_BODY_BYTES, &body, NULL) != WV_OK)
		counts->failed++;
	counts->decoded_bytes += body.n;
	wv_buf_done(&body);
}

static char *read_all(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(64u << 20);

	if (!file || !bytes) {
		perror(path);
		exit(1);
	}
	*n = fread(bytes, 1, 64u << 20, file);
	fclose(file);
	return bytes;
}

static void run(struct wv_fetch *fetch, struct wv_slice list, size_t connections, bool decode,
		struct counts *counts)
{
	struct wv_cursor cursor = wv_cursor(list);
	struct wv_fetch_answer *answers[64];
	struct wv_slice line;
	bool more = true;

	while (more || wv_fetch_in_flight(fetch) > 0) {
		size_t n;

		while (more && wv_fetch_in_flight(fetch) < connections) {
			more = wv_cursor_line(&cursor, &line);
			if (more && line.n > 0 &&
			    wv_fetch_start(fetch, &(struct wv_fetch_request){.url = line}, NULL) !=
				    WV_OK)
				exit(1);
		}
		n = wv_fetch_turn(fetch, WV_US_PER_S, answers, 64);
		for (size_t i = 0; i < n; i++) {
			count_answer(counts, answers[i], decode);
			wv_fetch_answer_free(&answers[i]);
		}
	}
}

int main(int argc, char **argv)
{
	const struct wv_guard guard = {.allow_private = loopback,
				       .allow_private_count = 1,
				       .ports = ports,
				       .port_count = WV_COUNT(ports)};
	struct wv_fetch_options options = {.agent_name = WV_LIT("wirevault-bench"),
					   .contact = WV_LIT("mailto:bench@example.org"),
					   .connections = 64,
					   .guard = &guard,
					   .clock = wv_clock_system()};
	WV_AUTO(wv_fetch_free) struct wv_fetch *fetch = NULL;
	struct counts counts = {0};
	struct rusage usage;
	struct wv_mono before;
	bool decode = false;
	int64_t cpu_us;
	char *list;
	size_t n;
	int option;

	while ((option = getopt(argc, argv, "c:d")) != -1) {
		if (option == 'c')
			options.connections = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'd')
			decode = true;
		else
			return 64;
	}
	if (optind + 1 != argc || options.connections == 0) {
		fprintf(stderr, "usage: bench_fetch [-c CONNECTIONS] [-d] URLS\n");
		return 64;
	}
	list = read_all(argv[optind], &n);
	if (wv_fetch_new(&options, &fetch, NULL) != WV_OK)
		return 1;
	before = wv_clock_mono(wv_clock_system());
	cpu_us = wv_clock_cpu_us();
	run(fetch, wv_slice(list, n), options.connections, decode, &counts);
	cpu_us = wv_clock_cpu_us() - cpu_us;
	getrusage(RUSAGE_SELF, &usage);
	printf("pages %zu, status 200 %zu, failed %zu, MB %.1f, decoded MB %.1f\n", counts.answered,
	       counts.ok_status, counts.failed, (double)counts.encoded_bytes / 1e6,
	       (double)counts.decoded_bytes / 1e6);
	printf("CPU ms/page %.3f, wall pages/s %.0f, peak RSS MB %ld\n",
	       (double)cpu_us / 1000 / (double)counts.answered,
	       (double)counts.answered * 1e6 /
		       (double)(wv_clock_mono(wv_clock_system()).us - before.us),
	       usage.ru_maxrss / 1024);
	free(list);
	return counts.failed > 0;
}
