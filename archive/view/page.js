// What the pages do besides: without this script nothing is missing.
"use strict";
(() => {
	// Times in the reader's zone, beside the original.
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const format = new Intl.DateTimeFormat(document.documentElement.lang, {
		dateStyle: "medium", timeStyle: "medium", timeZone: zone });
	if (zone !== "UTC") {
		for (const time of document.querySelectorAll("time[datetime]")) {
			const text = time.getAttribute("datetime");
			if (!/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || isNaN(Date.parse(text)))
				continue;
			time.title = format.format(new Date(text)) + " " + zone;
		}
	}
})();
