// Pages on paper: as PDF, as pictures of it, and what of the screen stays away from it.
"use strict";
const { tabOf } = require("./browser_tabs.js");
const fs = require("fs"), path = require("path"), { spawnSync } = require("child_process");

const MARGIN_MM = 12, DPI = 60;

// How bright a colour is (WCAG 2.2), from "rgb(1, 2, 3)".
function paper() {
	const light = (text) => {
		const [r, g, b] = (text.match(/[\d.]+/g) || [255, 255, 255]).map(Number).slice(0, 3).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const seen = (one) => one.getClientRects().length && getComputedStyle(one).visibility === "visible";
	const pale = [], wide = [], charts = [], width = document.documentElement.clientWidth;
	for (const one of document.querySelectorAll("body *")) {
		if (!seen(one) || one.closest("svg, .unseen"))
			continue;
		const box = one.getBoundingClientRect();
		if (box.right > width + 1 || (one.scrollWidth > one.clientWidth + 1 && !["visible"].includes(getComputedStyle(one).overflowX)))
			wide.push(`${one.tagName}.${one.className} ${Math.round(box.right)}`);
		if ([...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && 1.05 / (light(getComputedStyle(one).color) + 0.05) < 4.5)
			pale.push(one.outerHTML.slice(0, 90));
	}
	for (const plot of document.querySelectorAll("svg.plot, svg.spark")) {
		const of = (name) => plot.querySelector(name) ? light(getComputedStyle(plot.querySelector(name)).fill) : null;
		charts.push({ bar: of(".bar"), part: of(".part") });
	}
	return { pale: pale.slice(0, 4), wide: wide.slice(0, 4), charts,
		ground: light(getComputedStyle(document.body).backgroundColor), controls: [...document.querySelectorAll("nav, form, input, button, :not(.diff *) > summary, .skip, .actions, .ways, .tongues")].filter(seen).map((one) => one.outerHTML.slice(0, 80)).slice(0, 4) };
}

// The greatest share of ink in the columns of the margin, over all sheets: 0 is white paper.
function ink(file, name) {
	const done = spawnSync("pdftoppm", ["-gray", "-r", String(DPI), file, name]);
	if (done.status !== 0)
		throw new Error(`pdftoppm: ${done.stderr}`);
	const folder = path.dirname(name), sheets = fs.readdirSync(folder).filter((one) => one.startsWith(path.basename(name) + "-") && one.endsWith(".pgm"));
	let edge = 0, dark = 0;
	for (const sheet of sheets) {
		const bytes = fs.readFileSync(path.join(folder, sheet)), head = bytes.subarray(0, 40).toString("latin1").match(/^P5\s+(\d+)\s+(\d+)\s+255\s/);
		const wide = Number(head[1]), high = Number(head[2]), at = head[0].length, margin = Math.floor(MARGIN_MM / 25.4 * DPI) - 1;
		let sum = 0;
		for (let y = 0; y < high; y++)
			for (let x = 0; x < wide; x++) {
				const grey = bytes[at + y * wide + x];
				sum += grey < 128;
				edge += grey < 200 && (x >= wide - margin || x < margin);
			}
		dark = Math.max(dark, sum / (wide * high));
		fs.unlinkSync(path.join(folder, sheet));
	}
	return { sheets: sheets.length, edge, dark };
}

async function print(browser, page, lang, plan, check) {
	const where = `print ${page.name} ${lang}`;
	// A reader of the dark scheme prints, too.
	const { tab } = await tabOf(browser, { locale: lang, colorScheme: "dark", viewport: { width: 703, height: 1000 } });
	await tab.goto(plan.base + page.path, { waitUntil: "load" });
	await tab.emulateMedia({ media: "print", colorScheme: "dark" });
	const found = await tab.evaluate(paper);
	check(where, "the paper is white", found.ground > 0.95, found.ground);
	check(where, "all letters are dark enough", !found.pale.length, found.pale);
	check(where, "nothing is wider than the sheet or scrolls", !found.wide.length, found.wide);
	check(where, "nothing to press", !found.controls.length, found.controls);
	for (const { bar, part } of found.charts)
		check(where, "a chart tells its parts apart in grey", bar === null || (1.05 / (bar + 0.05) >= 1.5 && (part === null || Math.max(bar + 0.05, part + 0.05) / Math.min(bar + 0.05, part + 0.05) >= 2)), [bar, part]);
	if (plan.printer) {
		const file = path.join(plan.shots || plan.folder, `${page.name}-${lang.slice(0, 2)}.pdf`), margin = `${MARGIN_MM}mm`;
		await tab.pdf({ path: file, format: "A4", printBackground: false, margin: { top: margin, right: margin, bottom: margin, left: margin } });
		const seen = ink(file, path.join(plan.folder, `sheet-${page.name}-${lang.slice(0, 2)}`));
		check(where, "nothing is printed beside the sheet's text", seen.edge === 0, seen);
		check(where, "no dark ground", seen.dark < 0.2, seen);
		const text = spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" }).stdout.replace(/\s+/g, "");
		for (const wanted of page.prints || [])
			check(where, `prints '${wanted}'`, text.includes(wanted.replace(/\s+/g, "")), text.slice(0, 300));
	}
}

module.exports = { print };
