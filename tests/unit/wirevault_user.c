/* A program of somebody else: it knows the public header and nothing more. */
#include "archive/wirevault.h"

#include <stdio.h>
#include <string.h>

int use_archive(const char *folder, char *report, size_t room);

struct seen {
	char *report;
	size_t room;
	int count;
};

static int note(const struct wirevault_capture *capture, void *context)
{
	struct seen *seen = context;
	size_t n = strlen(seen->report);

	snprintf(seen->report + n, seen->room - n, "%d ", (int)capture->status);
	return ++seen->count == 3;
}

int use_archive(const char *folder, char *report, size_t room)
{
	static const char url[] = "https://www.example.com/a";
	struct seen seen = {report, room, 0};
	struct wirevault_capture *capture = NULL, *same = NULL;
	struct wirevault *archive = NULL;
	unsigned char *bytes = NULL;
	char *title = NULL, *text = NULL, why[256] = "";
	size_t size = 0, n;

	report[0] = 0;
	if (wirevault_open("/nonexistent", &archive, why, sizeof why) != WIREVAULT_MISSING ||
	    !why[0])
		return 1;
	if (wirevault_open(folder, &archive, why, sizeof why) != WIREVAULT_OK)
		return 2;
	if (wirevault_history(archive, url, WIREVAULT_ANY_TIME, WIREVAULT_ANY_TIME, note, &seen) !=
	    WIREVAULT_OK)
		return 3;
	if (wirevault_at(archive, url, WIREVAULT_ANY_TIME, WIREVAULT_ANY_TIME, &capture) !=
	    WIREVAULT_OK)
		return 4;
	if (wirevault_by_id(archive, capture->id, &same) != WIREVAULT_OK || same->id != capture->id)
		return 5;
	if (wirevault_body(archive, capture, &bytes, &size) != WIREVAULT_OK)
		return 6;
	if (wirevault_article(archive, capture, &title, &text) != WIREVAULT_OK)
		return 7;
	n = strlen(report);
	snprintf(report + n, room - n, "| %s | %.*s | %s | %s", capture->verdict, (int)size,
	         (const char *)bytes, title, text);
	if (wirevault_at(archive, "no url", WIREVAULT_ANY_TIME, WIREVAULT_ANY_TIME, &same) !=
	            WIREVAULT_USAGE ||
	    !wirevault_why(archive)[0])
		return 8;
	if (wirevault_at(archive, "https://example.org/", 0, 0, &same) != WIREVAULT_NO ||
	    wirevault_by_id(archive, 1000, &same) != WIREVAULT_NO)
		return 9;
	wirevault_free(bytes);
	wirevault_free(title);
	wirevault_free(text);
	wirevault_capture_free(capture);
	wirevault_capture_free(same);
	wirevault_close(archive);
	return 0;
}
