// Pages as people need them: twice as large, by the keyboard, in the system's own colours, without motion.
"use strict";
const { tabOf } = require("./browser_tabs.js");

// In the page: what is cut, lies over something else or cannot be reached.
function cut() {
	const root = document.documentElement, wide = [], clipped = [], lost = [];
	const seen = (one) => one.getClientRects().length && getComputedStyle(one).visibility === "visible" && !one.closest(".unseen, .skip");
	const scrolls = (one) => { for (let up = one; up; up = up.parentElement) if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true; return false; };
	for (const one of document.querySelectorAll("body *")) {
		if (!seen(one) || one.closest("svg"))
			continue;
		const box = one.getBoundingClientRect(), style = getComputedStyle(one);
		if (!scrolls(one) && (box.right > root.clientWidth + 1 || box.left < -1))
			wide.push(`${one.tagName}.${one.className} ${Math.round(box.left)}..${Math.round(box.right)}`);
		const hides = one.tagName !== "INPUT" && (["hidden", "clip"].includes(style.overflowX) || ["BUTTON", "SELECT"].includes(one.tagName));
		if (hides && (one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 2))
			clipped.push(one.outerHTML.slice(0, 100));
	}
	for (const one of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")) {
		if (one.closest(".skip") || (one.closest("details:not([open])") && one.tagName !== "SUMMARY"))
			continue;
		one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
		const box = one.getClientRects()[0];
		const hit = box && document.elementFromPoint(box.left + Math.min(box.width / 2, 20), box.top + box.height / 2);
		if (!hit || !one.contains(hit))
			lost.push(one.outerHTML.slice(0, 120) + (hit ? " under " + hit.outerHTML.slice(0, 60) : ""));
	}
	return { scroll: root.scrollWidth - root.clientWidth, wide: wide.slice(0, 4), clipped: clipped.slice(0, 4), lost: lost.slice(0, 4) };
}

// kind: "page" (the page zoom: half as many CSS pixels) or "text" (a browser whose letters are twice as large).
async function zoom(browser, page, lang, kind, plan, check) {
	const where = `zoom 200 % of ${kind}: ${page.name} ${lang}`;
	const look = kind === "page" ? { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 } : { viewport: { width: 1280, height: 900 } };
	const { tab } = await tabOf(browser, { locale: lang, ...look });
	await tab.goto(plan.base + page.path, { waitUntil: "load" });
	if (kind === "text")
		check(where, "the letters are twice as large", await tab.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize)) >= 31);
	const found = await tab.evaluate(cut);
	check(where, "nothing is wider than the window", found.scroll <= 0 && !found.wide.length, [found.scroll, ...found.wide]);
	check(where, "nothing is cut", !found.clipped.length, found.clipped);
	check(where, "everything that can be used can be reached", !found.lost.length, found.lost);
	if (plan.shots) {
		await tab.evaluate(() => scrollTo(0, 0));
		await tab.screenshot({ path: `${plan.shots}/${page.name}-${lang.slice(0, 2)}-zoom-${kind}.png`, fullPage: true });
	}
}

// The system's own colours: what colours alone tell must be told otherwise, keys must match their charts.
async function modes(browser, page, plan, check) {
	const where = `modes ${page.name}`;
	const { tab } = await tabOf(browser, { locale: "en", forcedColors: "active", reducedMotion: "reduce", viewport: { width: 1000, height: 800 } });
	await tab.goto(plan.base + page.path, { waitUntil: "load" });
	const found = await tab.evaluate(() => {
		const style = (one) => getComputedStyle(one), bad = [];
		const first = (name) => document.querySelector(name);
		for (const name of ["bar", "part"]) {
			const swatch = first(`.swatch.${name}`), drawn = first(`.plot .${name}`);
			if (swatch && drawn && style(swatch).backgroundColor !== style(drawn).fill)
				bad.push(`key of ${name}: ${style(swatch).backgroundColor}, drawn ${style(drawn).fill}`);
		}
		const bar = first(".plot .bar"), part = first(".plot .part");
		if (bar && (style(bar).fill === style(document.body).backgroundColor || (part && style(bar).fill === style(part).fill)))
			bad.push("bars are not seen");
		for (const one of document.querySelectorAll("ins, del, mark"))
			if (style(one).textDecorationLine === "none" && style(one).outlineStyle === "none")
				bad.push(one.outerHTML);
		for (const one of document.querySelectorAll("[aria-current]"))
			if (Number(style(one).fontWeight) < 600)
				bad.push(one.outerHTML);
		return { bad: bad.slice(0, 4), moves: document.getAnimations().length, scroll: style(document.documentElement).scrollBehavior,
			fades: [...document.querySelectorAll("*")].filter((one) => parseFloat(style(one).transitionDuration) > 0).length };
	});
	check(where, "nothing is told by a colour alone", !found.bad.length, found.bad);
	check(where, "nothing moves", !found.moves && !found.fades && found.scroll === "auto", found);
	await tab.keyboard.press("Tab");
	await tab.keyboard.press("Tab");
	check(where, "the focus is seen in the system's colours", await tab.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none"));
}

// Tab until `selector` has the focus; every stop on the way is seen and nothing holds the focus.
async function reach(tab, selector, where, check) {
	for (let i = 0; i < 200; i++) {
		await tab.keyboard.press("Tab");
		const at = await tab.evaluate((wanted) => {
			const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
			return { there: one.matches(wanted), html: one.outerHTML.slice(0, 100), tag: one.tagName,
				seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight };
		}, selector);
		if (at.tag === "BODY")
			break;
		if (!at.seen)
			check(where, "the focus is seen", false, at);
		if (at.there)
			return true;
	}
	check(where, `the keyboard reaches ${selector}`, false);
	return false;
}

// Walks that a person without a pointer makes: [verb, argument...].
async function keys(browser, walk, plan, check) {
	const where = `keys: ${walk.name}`;
	const context = await browser.newContext({ locale: "en", reducedMotion: "reduce", viewport: { width: 1100, height: 800 } });
	const tab = await context.newPage();
	for (const [verb, ...words] of walk.does)
		try {
			if (verb === "open")
				await tab.goto(plan.base + words[0], { waitUntil: "load" });
			else if (verb === "reach")
				await reach(tab, words[0], where, check);
			else if (verb === "type")
				await tab.keyboard.type(words[0]);
			else if (verb === "press")
				await tab.keyboard.press(words[0]);
			else if (verb === "goes to")
				await tab.waitForURL((url) => decodeURIComponent(url.href).includes(words[0]), { timeout: 10000, waitUntil: "load" }).then(() => check(where, `goes to ${words[0]}`, true));
			else if (verb === "leaves")
				await tab.waitForURL((url) => !url.href.includes(words[0]), { timeout: 10000, waitUntil: "load" }).then(() => check(where, `leaves ${words[0]}`, true));
			else if (verb === "is")
				check(where, `${words[0]} is there`, await tab.locator(words[0]).count() > 0, tab.url());
			else if (verb === "says")
				check(where, `${words[0]} says ${words[1]}`, (await tab.locator(words[0]).first().textContent()).includes(words[1]), await tab.locator(words[0]).first().textContent());
			else
				check(where, "a known verb", false, verb);
		} catch (error) {
			check(where, `${verb} ${words.join(" ")}`, false, `${tab.url()} ${String(error).slice(0, 200)}`);
			break;
		}
	await context.close();
}

module.exports = { zoom, modes, keys };
