#ifndef WV_CONFIG_BASE_LIMITS_H
#define WV_CONFIG_BASE_LIMITS_H

/*
 * Every cap that foreign bytes meet before they meet a parser, in one place. Each has a status
 * for exceeding it and a test at limit - 1, limit, limit + 1. Settings can lower some of them.
 */

#define WV_KIB (1024u)
#define WV_MIB (1024u * 1024u)

/* Fetching. */
#define WV_LIMIT_URL_BYTES            (8u * WV_KIB)   /* longer addresses are not followed */
#define WV_LIMIT_BODY_BYTES           (10u * WV_MIB)  /* default of network.max_body, decoded */
#define WV_LIMIT_BODY_BYTES_MAX       (256u * WV_MIB) /* what settings may ask for */
#define WV_LIMIT_HEADER_BYTES         (64u * WV_KIB)  /* one response's header block */
#define WV_LIMIT_HEADER_COUNT         256u
#define WV_LIMIT_REDIRECTS            10u
#define WV_LIMIT_INFLATE_RATIO        200u /* decoded over encoded, above the first MiB */
#define WV_LIMIT_INFLATE_RATIO_FREE   (1u * WV_MIB)
#define WV_LIMIT_CONTENT_CODINGS      2u   /* stacked Content-Encoding layers */
#define WV_LIMIT_INFLIGHT_BYTES       (32u * WV_MIB)
/* robots.txt: RFC 9309 2.5 asks for 500 KiB at least. */
#define WV_LIMIT_ROBOTS_BYTES         (512u * WV_KIB)
#define WV_LIMIT_ROBOTS_REDIRECTS     5u
/* Pages. */
#define WV_LIMIT_TREE_DEPTH           512u
#define WV_LIMIT_ATTRIBUTES           256u
#define WV_LIMIT_LINKS_PER_PAGE       5000u
#define WV_LIMIT_HTML_ARENA_BYTES     (64u * WV_MIB)
#define WV_LIMIT_HTML_ARENA_MIN_BYTES (16u * WV_MIB)
#define WV_LIMIT_HTML_ARENA_FACTOR    32u
#define WV_LIMIT_HTML_MS              2000u /* one page's parse */
#define WV_LIMIT_JSON_BYTES           (4u * WV_MIB)
#define WV_LIMIT_JSON_DEPTH           64u
#define WV_LIMIT_JSON_VALUES          200000u /* each takes a hundred bytes and more, out of two */
#define WV_LIMIT_TITLE_BYTES          2000u
/* Feeds and sitemaps (sitemaps.org: 50,000 URLs, 50 MiB decoded). */
#define WV_LIMIT_FEED_ITEMS           2000u
#define WV_LIMIT_SITEMAP_URLS         50000u
#define WV_LIMIT_SITEMAP_BYTES        (50u * WV_MIB)
#define WV_LIMIT_SITEMAP_NESTING      3u
#define WV_LIMIT_XML_DEPTH            64u
/* Settings. */
#define WV_LIMIT_SETTINGS_BYTES       (8u * WV_MIB)
#define WV_LIMIT_SETTINGS_FAULTS      50u /* shown; the rest is counted */
#define WV_LIMIT_SETTINGS_DEPTH       16u
#define WV_LIMIT_SETTINGS_NODES       500000u
#define WV_LIMIT_TOPIC_WORD_BYTES     200u
#define WV_LIMIT_TOPIC_BYTES          WV_MIB /* of all words of all topics, folded */
/* Archive. */
#define WV_LIMIT_PAGE_KEY_BYTES       456u /* 440 of the SURT, 16 of its digest; LMDB takes 511 */
#define WV_LIMIT_SEGMENT_BYTES        (256u * WV_KIB)
/* WARC files. */
#define WV_LIMIT_WARC_HEADER_BYTES    (64u * WV_KIB) /* of one record */
#define WV_LIMIT_WARC_FIELDS          256u
#define WV_LIMIT_WARC_BLOCK_BYTES     (WV_LIMIT_BODY_BYTES_MAX + WV_LIMIT_HEADER_BYTES)
/* Serving strangers (archive/serve). */
#define WV_LIMIT_SERVE_TARGET_BYTES   (8u * WV_KIB)  /* of a request: path and query as sent */
#define WV_LIMIT_SERVE_HEAD_BYTES     (16u * WV_KIB) /* of a request: its line and its fields */
#define WV_LIMIT_SERVE_FIELDS         64u
#define WV_LIMIT_SERVE_ANSWER_FIELDS  64u
#define WV_LIMIT_SERVE_FIELD_BYTES    (12u * WV_KIB) /* of an answer: all its fields together */
#define WV_LIMIT_SERVE_INDEX_BYTES    (12u * WV_MIB) /* pages of the index at hand while it is written */
#define WV_LIMIT_SERVE_ANSWER_BYTES   (32u * WV_MIB)
#define WV_LIMIT_SERVE_ARENA_BYTES    (32u * WV_MIB) /* of one request */
#define WV_LIMIT_SERVE_HELD_BYTES     (64u * WV_MIB) /* answers that clients have not taken yet */
#define WV_LIMIT_SERVE_MEMORY_BYTES   (8u * WV_MIB)  /* longer bodies go out by way of a file */
#define WV_LIMIT_SERVE_LARGE_BYTES    (2u * WV_MIB)  /* longer pages are rewritten one at a time */
#define WV_LIMIT_SERVE_FILED_BYTES    (1024u * WV_MIB) /* of those that clients have not taken yet */
#define WV_LIMIT_SERVE_SMALL_BYTES    (256u * WV_KIB) /* these have as much again to themselves */
#define WV_LIMIT_SERVE_CONNECTIONS    12000u
#define WV_LIMIT_SERVE_KEPT           1024u /* with more open, an answer ends its connection */
#define WV_LIMIT_SERVE_WAITING        512u  /* requests waiting for a worker */
#define WV_LIMIT_SERVE_SHARE          4u    /* one client: a fourth of the room that is free */
#define WV_LIMIT_SERVE_WAIT_S         5u    /* one that waited longer is not begun */
#define WV_LIMIT_SERVE_TAKE_BYTES_S   (8u * WV_KIB) /* a client that takes less is closed */
#define WV_LIMIT_SERVE_CLIENTS        16384u /* whose rate is remembered */

#endif
