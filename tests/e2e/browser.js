// Looks at a running `wirevault serve` with real Chromium and axe-core.
//
//   node browser.js PLAN
//
// PLAN is a JSON file: {modules, chromium, base, shots, pages: [{name, path, text}], looks:
// [{lang, scheme, width, height, script}], steps: {...}, people: {...}}. For every page and look: no
// console error, no request to elsewhere, nothing wider than the window, no axe violation, one h1,
// the language said, the text there also without a script. What `people` adds: browser_people.js,
// browser_reader.js, browser_print.js. Prints one JSON line a check that failed, and a last line
// {"checks": N, "failed": M}.
"use strict";
const fs = require("fs"), path = require("path");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const { chromium } = require(path.join(plan.modules, "playwright-core"));
const { read } = require("./browser_reader.js"), { print } = require("./browser_print.js");
const { tabOf } = require("./browser_tabs.js");
const { zoom, modes, keys } = require("./browser_people.js");
const axe = fs.readFileSync(path.join(plan.modules, "axe-core/axe.min.js"), "utf8");

let checks = 0, failed = 0;

function check(where, what, good, got) {
	checks++;
	if (good)
		return;
	failed++;
	console.log(JSON.stringify({ where, what, got }));
}

function watch(tab, seen) {
	tab.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning")
			seen.errors.push(message.text());
	});
	tab.on("pageerror", (error) => seen.errors.push(String(error)));
	tab.on("request", (request) => {
		if (!request.url().startsWith(plan.base) && !/^(data|about|blob):/.test(request.url()))
			seen.outside.push(request.url());
	});
}

// What a look at the page itself tells, in the page.
function measure() {
	const root = document.documentElement;
	const wide = [];
	for (const element of document.querySelectorAll("body *")) {
		const box = element.getBoundingClientRect();
		let inside = false;
		for (let up = element; up; up = up.parentElement)
			inside = inside || ["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX);
		if (!inside && box.width > 0 && box.right > root.clientWidth + 1)
			wide.push(element.tagName + "." + element.className + " " + Math.round(box.right));
	}
	return {
		scroll: root.scrollWidth - root.clientWidth,
		wide: wide.slice(0, 5),
		headings: [...document.querySelectorAll("h1")].length,
		lang: root.lang,
		title: document.title,
		text: document.body.innerText,
		small: [...document.querySelectorAll("main *")].filter((one) => one.childNodes.length &&
			[...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && one.getClientRects().length &&
			!(one instanceof SVGElement) && parseFloat(getComputedStyle(one).fontSize) < 11.5).slice(0, 3).map((one) => one.outerHTML.slice(0, 100)),
	};
}

async function look(browser, page, look) {
	const where = `${page.name} ${look.lang} ${look.scheme} ${look.width}${look.script === false ? " no script" : ""}`;
	const { tab, world } = await tabOf(browser, {
		locale: look.lang, colorScheme: look.scheme, viewport: { width: look.width, height: look.height },
		javaScriptEnabled: look.script !== false, timezoneId: "Asia/Tokyo" });
	const seen = { errors: [], outside: [] };
	watch(tab, seen);
	const answer = await tab.goto(plan.base + page.path, { waitUntil: "load" });
	check(where, "status", answer.status() === (page.status || 200), answer.status());
	const found = await tab.evaluate(measure);
	check(where, "nothing is wider than the window", found.scroll <= 0 && !found.wide.length, [found.scroll, ...found.wide]);
	check(where, "one h1", found.headings === 1, found.headings);
	check(where, "the page says its language", found.lang.slice(0, 2) === look.lang.slice(0, 2), found.lang);
	check(where, "a title", found.title.length > 3, found.title);
	check(where, "no tiny letters", !found.small.length, found.small);
	if (page.text)
		check(where, `shows '${page.text}'`, found.text.includes(page.text), found.text.slice(0, 300));
	if (plan.shots)
		await tab.screenshot({ path: path.join(plan.shots, `${page.name}-${look.lang.slice(0, 2)}-${look.scheme}-${look.width}.png`), fullPage: true });
	if (look.script !== false && look.axe !== false) {
		// The page's own policy forbids strings as scripts; the tester's world is its own.
		const { frameTree } = await world.send("Page.getFrameTree");
		const { executionContextId } = await world.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
		await world.send("Runtime.evaluate", { expression: axe, contextId: executionContextId });
		const { result } = await world.send("Runtime.evaluate", { contextId: executionContextId, awaitPromise: true, returnByValue: true,
			expression: `axe.run(document, {iframes: false, resultTypes: ["violations"]}).then((r) => r.violations.map((v) =>
				v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))` });
		check(where, "axe finds nothing", Array.isArray(result.value) && !result.value.length, result.value || result.description);
	}
	const errors = seen.errors.filter((text) => !(page.status && text.includes(`status of ${page.status}`)));
	check(where, "no console error", !errors.length, errors.slice(0, 3));
	check(where, "no request to elsewhere", !seen.outside.length, seen.outside.slice(0, 3));
	for (const event of ["console", "pageerror", "request"])
		tab.removeAllListeners(event);
}

// Keyboard only: the first Tab offers to skip, each further one is visible and inside the window.
async function walk(browser, page) {
	const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, locale: "en" });
	const tab = await context.newPage();
	await tab.goto(plan.base + page.path);
	await tab.keyboard.press("Tab");
	check(page.name, "the first Tab offers to skip", await tab.evaluate(() => document.activeElement.getAttribute("href")) === "#main");
	let previous = -1, seen = 0;
	for (let i = 0; i < 12; i++) {
		await tab.keyboard.press("Tab");
		const at = await tab.evaluate(() => {
			const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
			return { order: [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")].indexOf(one),
				visible: box.width > 0 && box.height > 0 && box.left >= 0, outline: style.outlineStyle, html: one.outerHTML.slice(0, 100) };
		});
		if (at.order < 0)
			break;
		check(page.name, "the focus goes in the order of reading", at.order > previous, at);
		check(page.name, "the focus is seen", at.visible && at.outline !== "none", at);
		previous = at.order;
		seen++;
	}
	check(page.name, "there is something to reach by the keyboard", seen > 2, seen);
	await context.close();
}

function launch(...more) {
	return chromium.launch({ executablePath: plan.chromium, args: ["--no-sandbox", "--force-color-profile=srgb", ...more] });
}

async function listen(browser, page, lang) {
	const { tab, world } = await tabOf(browser, { locale: lang, viewport: { width: 1280, height: 900 } });
	await tab.goto(plan.base + page.path, { waitUntil: "load" });
	await read(tab, world, `reader: ${page.name} ${lang}`, check, plan.people.notice);
}

// Larger letters, screen readers, paper, keyboards, systems' colours: `only` names those that are asked for.
async function people(browser) {
	const { langs, only, every } = plan.people, wants = (what) => !only.length || only.includes(what);
	const large = wants("zoom") ? await launch("--blink-settings=defaultFontSize=32,defaultFixedFontSize=26") : null;
	for (const [i, page] of plan.pages.entries())
		for (const [k, lang] of langs.entries()) {
			if (wants("reader"))
				await listen(browser, page, lang);
			// One language a page, all of them over the pages.
			if (!every && k !== i % langs.length)
				continue;
			if (wants("zoom")) {
				await zoom(browser, page, lang, "page", plan, check);
				await zoom(large, page, lang, "text", plan, check);
			}
			if (wants("print"))
				await print(browser, page, lang, { ...plan, ...plan.people }, check);
			if (wants("modes") && k === (every ? 0 : i % langs.length))
				await modes(browser, page, plan, check);
		}
	for (const walk of wants("keys") ? plan.people.walks : [])
		await keys(browser, walk, plan, check);
	if (large)
		await large.close();
}

async function main() {
	const browser = await launch();
	if (plan.people)
		await people(browser);
	for (const page of plan.pages)
		for (const one of plan.looks)
			if (!one.pages || one.pages.includes(page.name))
				await look(browser, page, one);
	for (const page of plan.pages.slice(0, plan.walks || 0))
		await walk(browser, page);
	for (const step of plan.steps || [])
		await take(browser, step);
	await browser.close();
	console.log(JSON.stringify({ checks, failed }));
	process.exit(failed ? 1 : 0);
}

// A visit as a list of things that a person does: [verb, argument...].
async function take(browser, visit) {
	const context = await browser.newContext({ locale: visit.lang || "en", viewport: { width: 1100, height: 900 } });
	const tab = await context.newPage(), seen = { errors: [], outside: [] };
	watch(tab, seen);
	for (const [verb, ...words] of visit.does) {
		const where = `${visit.name}: ${verb} ${words.join(" ")}`;
		try {
			if (verb === "open")
				await tab.goto(plan.base + words[0]);
			else if (verb === "type")
				await tab.fill(words[0], words[1]);
			else if (verb === "press")
				await Promise.all([tab.waitForNavigation({ timeout: 10000 }), tab.press(words[0], words[1])]);
			else if (verb === "click")
				await Promise.all([tab.waitForNavigation({ timeout: 10000 }), tab.click(words[0], { timeout: 5000 })]);
			else if (verb === "unfold")
				await tab.click(words[0], { timeout: 5000 });
			else if (verb === "sees")
				check(where, "seen", (await tab.evaluate(() => document.body.innerText)).includes(words[0]), (await tab.evaluate(() => document.body.innerText)).slice(0, 400));
			else if (verb === "sees not")
				check(where, "not seen", !(await tab.evaluate(() => document.body.innerText)).includes(words[0]));
			else if (verb === "has")
				check(where, "there", (await tab.locator(words[0]).count()) > 0, tab.url());
			else if (verb === "has not")
				check(where, "not there", (await tab.locator(words[0]).count()) === 0, tab.url());
			else if (verb === "address")
				check(where, "address", tab.url().includes(words[0]), tab.url());
			else if (verb === "all links keep")
				check(where, "kept", (await tab.evaluate((kept) => [...document.querySelectorAll("main a[href^='/']")].filter((a) =>
					!/^\/(web|proof|feed|timegate|timemap|cdx|api|travel|assets|raw)/.test(a.getAttribute("href")) && !a.getAttribute("href").includes(kept)).map((a) => a.getAttribute("href")), words[0])).length === 0,
					await tab.evaluate((kept) => [...document.querySelectorAll("main a[href^='/']")].map((a) => a.getAttribute("href")).filter((h) => !h.includes(kept)).slice(0, 5), words[0]));
			else if (verb === "frame shows") {
				let text = "";
				for (let i = 0; i < 50 && !text.includes(words[0]); i++) {
					for (const frame of tab.frames().slice(1))
						text += await frame.evaluate(() => document.body ? document.body.innerText : "").catch(() => "");
					await tab.waitForTimeout(100);
				}
				check(where, "shown", text.includes(words[0]), text.slice(0, 300));
			} else if (verb === "picture is drawn") {
				await tab.locator(words[0]).first().scrollIntoViewIfNeeded();
				await tab.waitForFunction((selector) => document.querySelector(selector).naturalWidth > 0, words[0], { timeout: 5000 });
				const source = await tab.locator(words[0]).first().getAttribute("src");
				check(where, "it is the archive's own", source.startsWith("/web/"), source);
			} else if (verb === "frame has a picture") {
				let wide = 0;
				for (let i = 0; i < 50 && !wide; i++) {
					for (const frame of tab.frames().slice(1))
						wide = Math.max(wide, await frame.evaluate(() => Math.max(0, ...[...document.images].map((i) => i.naturalWidth))).catch(() => 0));
					await tab.waitForTimeout(100);
				}
				check(where, "a picture is drawn", wide > 0, wide);
			} else
				check(where, "a known verb", false);
		} catch (error) {
			check(where, "done", false, String(error).slice(0, 300));
		}
	}
	check(visit.name, "no console error", !seen.errors.filter((text) => !(visit.allows || []).some((one) => text.includes(one))).length, seen.errors.slice(0, 3));
	check(visit.name, "no request to elsewhere", !seen.outside.length, seen.outside.slice(0, 3));
	await context.close();
}

main().catch((error) => {
	console.log(JSON.stringify({ where: "browser.js", what: "runs", got: String(error.stack || error).slice(0, 600) }));
	process.exit(1);
});
