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
			const local = format.format(new Date(text)) + " " + zone;
			time.title = local;
			if (time.closest(".facts")) {
				const beside = document.createElement("small");
				beside.className = "local";
				beside.textContent = local;
				time.after(" ", beside);
			}
		}
	}

	// A slider over the versions of a page: its stops are the links that are there anyway.
	for (const part of document.querySelectorAll(".slide")) {
		const stops = [...part.querySelectorAll("li a")];
		if (stops.length < 2)
			continue;
		const label = document.createElement("label"), range = document.createElement("input");
		const output = document.createElement("output");
		const show = () => {
			output.textContent = `${part.dataset.stop} ${Number(range.value) + 1} / ${stops.length} \u00b7 ${stops[range.value].textContent}`;
			range.setAttribute("aria-valuetext", output.textContent);
		};
		range.type = "range";
		range.min = 0;
		range.max = stops.length - 1;
		range.value = Math.max(0, stops.findIndex((a) => a.hasAttribute("aria-current")));
		range.setAttribute("aria-label", part.getAttribute("aria-label"));
		range.addEventListener("input", show);
		// By the keyboard one passes several stops on the way: it goes where one rests.
		let rest;
		range.addEventListener("change", () => {
			clearTimeout(rest);
			rest = setTimeout(() => { location.href = stops[range.value].href + "#slide"; }, 500);
		});
		show();
		label.append(output, range);
		part.querySelector("nav").after(label);
	}
})();
