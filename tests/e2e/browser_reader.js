// What a screen reader is told: the accessibility tree that Chromium makes of a page.
//
// read(tab, world, where, check, notice): every disclosure is opened first, since what is behind it
// is read, too. `notice` is the operator's own text, in a language that nobody stated.
"use strict";

const NAMED = new Set(["link", "button", "textbox", "searchbox", "combobox", "slider", "spinbutton", "table", "figure", "image", "img",
	"region", "navigation", "form", "search", "DisclosureTriangle", "columnheader", "rowheader", "Iframe", "graphics-document", "SvgRoot"]);

const value = (one) => one && one.value !== undefined ? String(one.value) : "";
const property = (node, name) => value(((node.properties || []).find((one) => one.name === name) || {}).value);

// The nodes that are read, in the order of reading, each with its parent.
function flatten(nodes) {
	const byId = new Map(nodes.map((node) => [node.nodeId, node])), order = [];
	const visit = (node, up) => {
		if (!node)
			return;
		const here = node.ignored ? up : { node, up, role: value(node.role), name: value(node.name).trim() };
		if (!node.ignored)
			order.push(here);
		for (const id of node.childIds || [])
			visit(byId.get(id), here);
	};
	visit(nodes[0], null);
	return order;
}

const inside = (one, role) => {
	for (let up = one.up; up; up = up.up)
		if (up.role === role)
			return up;
	return null;
};

// In the page: what the tree alone does not tell.
function facts(notice) {
	const page = document.documentElement.lang, strange = [], tables = [], clocks = [], links = [], charts = [];
	const cjk = (text) => (text.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g) || []).length;
	const words = (text) => (text.match(/\b[A-Za-z]{2,}(?:[ ,'’-]+[A-Za-z]{2,}){3,}/) || [""])[0];
	const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const text = texts.currentNode.data.trim(), at = texts.currentNode.parentElement, lang = at.closest("[lang]").lang;
		if (!text || text === notice || at.closest("code, pre, script, style, .address"))
			continue;
		const isCjk = /^(zh|ja|ko)/.test(lang);
		if ((cjk(text) >= 4 && !isCjk) || (words(text) && isCjk))
			strange.push(`${lang}: ${text.slice(0, 60)}`);
		if (/[\u3041-\u30ff]{3}/.test(text) && lang !== "ja" && /^(zh|ko)/.test(lang))
			strange.push(`${lang}: ${text.slice(0, 60)}`);
	}
	// A clock says in which zone it is; in the article's own words and in figures under a head of UTC it need not.
	for (const one of document.querySelectorAll("main *"))
		for (const node of one.childNodes) {
			const bare = node.nodeType === 3 && /\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?![\d:.]*\s?(UTC|Z|[+-]\d\d))/.test(node.data);
			if (bare && !one.closest("bdi, .prose, .diff, .marks, code, pre, figure, .local, mark") && !(one.nextElementSibling || one).matches(".basis"))
				clocks.push(one.outerHTML.slice(0, 120));
		}
	for (const table of document.querySelectorAll("main table")) {
		const heads = [...table.querySelectorAll("thead tr:last-child > *")];
		const wide = Math.max(0, ...[...table.querySelectorAll("tbody tr")].map((row) => [...row.children].reduce((n, cell) => n + cell.colSpan, 0)));
		if (heads.length && (heads.length !== wide || heads.some((one) => one.tagName !== "TH" || !one.scope || !one.textContent.trim())))
			tables.push(table.outerHTML.slice(0, 200));
		for (const head of table.querySelectorAll("th"))
			if (!head.hasAttribute("scope"))
				tables.push(head.outerHTML.slice(0, 100));
	}
	for (const link of document.querySelectorAll("main a[href]")) {
		const around = link.closest("li, tr, dd, figure, h1, p, section"), label = link.getAttribute("aria-label") || link.textContent;
		links.push({ name: label.replace(/\s+/g, " ").trim(), to: link.href, foreign: !!link.querySelector("bdi"),
			around: around ? around.textContent.replace(/\s+/g, " ").trim() : "" });
	}
	for (const plot of document.querySelectorAll("main figure svg")) {
		const figure = plot.closest("figure"), said = (plot.getAttribute("aria-labelledby") || "").split(" ").map((id) => (document.getElementById(id) || {}).textContent || "");
		charts.push({ said, table: !!figure.querySelector("table") || plot.id === "line" || figure.classList.contains("line"), html: figure.outerHTML.slice(0, 150) });
	}
	return { page, sliders: [...document.querySelectorAll("input[type=range]")].map((one) => one.getAttribute("aria-valuetext") || ""), strange: strange.slice(0, 5), tables: tables.slice(0, 3), clocks: clocks.slice(0, 4), links, charts,
		status: [...document.querySelectorAll("[role=status], [role=alert], output")].map((one) => one.textContent.trim()) };
}

// Two links of one name that lead to two places, and nothing around them that tells them apart.
function ambiguous(links) {
	const byName = new Map(), found = [];
	for (const link of links) {
		const other = byName.get(link.name);
		if (!other)
			byName.set(link.name, link);
		else if (other.to !== link.to && (!link.foreign || other.around === link.around))
			found.push(`${link.name}: ${other.to} ${link.to}`);
	}
	return found.slice(0, 4);
}

async function read(tab, world, where, check, notice) {
	await tab.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
	const { nodes } = await world.send("Accessibility.getFullAXTree");
	const order = flatten(nodes), of = (role) => order.filter((one) => one.role === role);
	check(where, "one main landmark", of("main").length === 1, of("main").length);
	check(where, "one banner and one content info", of("banner").length === 1 && of("contentinfo").length === 1, [of("banner").length, of("contentinfo").length]);
	const headings = of("heading").map((one) => ({ level: Number(property(one.node, "level")), name: one.name }));
	check(where, "one heading of the first level, which comes first", headings.filter((one) => one.level === 1).length === 1 && headings[0].level === 1, headings.slice(0, 3));
	const jump = headings.findIndex((one, i) => i > 0 && one.level > headings[i - 1].level + 1);
	check(where, "no level of heading is left out", jump < 0, headings.slice(Math.max(0, jump - 1), jump + 1));
	check(where, "every heading says something", headings.every((one) => one.name), headings);
	const nameless = order.filter((one) => NAMED.has(one.role) && !one.name && !(one.role === "table" && (inside(one, "region") || {}).name));
	check(where, "whatever can be used or jumped to has a name", !nameless.length, nameless.slice(0, 4).map((one) => [one.role, (inside(one, "listitem") || one.up || {}).name]));
	const regions = order.filter((one) => ["region", "navigation"].includes(one.role)).map((one) => `${one.role} ${one.name}`);
	check(where, "no two landmarks have one name", new Set(regions).size === regions.length, regions);
	const found = await tab.evaluate(facts, notice);
	check(where, "what is in another language says in which", !found.strange.length, found.strange);
	check(where, "no time without a zone", !found.clocks.length, found.clocks);
	check(where, "every column and row of a table has its header", !found.tables.length, found.tables);
	check(where, "no two links of one name lead to two places", !ambiguous(found.links).length, ambiguous(found.links));
	for (const chart of found.charts)
		check(where, "a chart has a name, a description and its table", chart.said.length === 2 && chart.said.every((one) => one.length > 3) && chart.table, chart);
	// Chromium's tree for tools has a native slider's number; what it says to a reader is the attribute.
	for (const said of found.sliders)
		check(where, "a slider says where it stands", /\d{4}-\d\d-\d\d \d\d:\d\d/.test(said), said);
	check(where, "what is announced says something", found.status.every((one) => one), found.status);
}

module.exports = { read };
