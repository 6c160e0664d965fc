#ifndef WV_ARCHIVE_SERVE_HEALTH_H
#define WV_ARCHIVE_SERVE_HEALTH_H

#include "archive/serve/routes.h"

/*
 * For those who watch over the service, and what robots ask.
 *
 *   /healthz     200 {"status":"ok", ...}: the archive can be read, and its search index is at most
 *                WV_HEALTH_BEHIND_MAX captures behind it; else 503 with what is wrong
 *   /metrics     Prometheus text: requests, answers by class and time, index lag, and how much the
 *                archive shows; what was taken down is in no figure, here or in /healthz
 *   /robots.txt  by serve.robots. index: pages, but not what is found by searching or computed;
 *                noindex: everything may be read, and every answer says X-Robots-Tag: noindex;
 *                disallow: nothing
 *   /proof/ID    the proof of a capture, as `wirevault prove` prints it
 */
#define WV_HEALTH_BEHIND_MAX 10000u

enum wv_status wv_route_healthz(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_metrics(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_robots(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_proof(struct wv_call *call, struct wv_err *err);

#endif
