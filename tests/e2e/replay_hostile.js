// Archived pages that want out, in real Chromium: node replay_hostile.js PLAN
//
// PLAN is a JSON file: {modules, chromium, base, pages: [{name, path, text, picture, style, follows}]}.
// Every name in .example leads to a canary on loopback, which counts who comes, by request,
// preconnect or otherwise. For every page: nothing runs, no dialog, window or download, no worker, no
// request elsewhere, the frame stays ours, the bar around it stays as it is. Prints one JSON line a
// check that failed, and a last line {"checks": N, "failed": M}.
"use strict";
const fs = require("fs"), net = require("net"), path = require("path");

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const { chromium } = require(path.join(plan.modules, "playwright-core"));

let checks = 0, failed = 0, guests = 0;

function check(where, what, good, got) {
	checks++;
	if (good)
		return;
	failed++;
	console.log(JSON.stringify({ where, what, got }));
}

function canary() {
	const server = net.createServer((socket) => {
		guests++;
		socket.on("error", () => {});
		socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 7\r\n\r\nescaped");
	});
	return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

function watch(context, tab, seen) {
	context.on("page", (page) => page !== tab && seen.windows.push(page.url()));
	context.on("serviceworker", (worker) => seen.ran.push("worker " + worker.url()));
	tab.on("dialog", (dialog) => { seen.ran.push("dialog " + dialog.message()); dialog.dismiss(); });
	tab.on("download", (download) => (download.url().includes("id_/") ? seen.files : seen.windows).push("download " + download.url()));
	// Asked for and held back by the policy is not asked; everything else that fails is.
	tab.on("requestfailed", (request) => {
		const why = (request.failure() || {}).errorText || "";
		if (!request.url().startsWith(plan.base) && !/^(data|about|blob):/.test(request.url()) && !/csp|BLOCKED_BY_CSP/i.test(why))
			seen.outside.push(request.url() + " " + why);
	});
	tab.on("worker", (worker) => seen.ran.push("worker " + worker.url()));
	tab.on("console", (message) => message.text().includes("RAN") && seen.ran.push(message.text()));
	tab.on("requestfinished", (request) => {
		if (!request.url().startsWith(plan.base) && !/^(data|about|blob):/.test(request.url()))
			seen.outside.push(request.url());
	});
}

// What scripts of the page would have left behind, wherever they ran.
async function traces(tab) {
	const found = [];
	for (const frame of tab.frames()) {
		found.push(await frame.evaluate(() => [window.RAN, document.documentElement && document.documentElement.dataset.ran]
			.filter(Boolean).join()).catch((error) => "unreadable: " + String(error).slice(0, 100)));
		if (frame.url() && !frame.url().startsWith(plan.base) && !/^about:(blank|srcdoc)$/.test(frame.url()))
			found.push("a frame at " + frame.url());
	}
	return found.filter(Boolean);
}

async function settle(tab, page) {
	await tab.waitForLoadState("networkidle", { timeout: 30000 }).catch(() => {});
	for (let i = 0; i < 100; i++) {
		for (const frame of tab.frames())
			if ((await frame.evaluate(() => document.body ? document.body.innerText : "").catch(() => "")).includes(page.text))
				return true;
		await tab.waitForTimeout(50);
	}
	return false;
}

async function visit(browser, page) {
	const context = await browser.newContext({ locale: "en", viewport: { width: 1000, height: 800 }, acceptDownloads: true });
	const tab = await context.newPage(), seen = { windows: [], ran: [], outside: [], files: [] }, before = guests;
	watch(context, tab, seen);
	const answer = await tab.goto(plan.base + page.path, { waitUntil: "load" }).catch((error) => ({ status: () => String(error).slice(0, 200) }));
	if (page.file) {
		for (let i = 0; i < 50 && !seen.files.length; i++)
			await tab.waitForTimeout(50);
		check(page.name, "is a file", seen.files.length === 1 && tab.url() === "about:blank", [seen.files, tab.url()]);
		check(page.name, "nobody came to the canary", guests === before, guests - before);
		check(page.name, "nothing ran", !seen.ran.length && !seen.outside.length && !seen.windows.length, seen);
		await context.close();
		return;
	}
	check(page.name, "status", answer.status() === (page.status || 200), answer.status());
	if (page.text)
		check(page.name, `shows '${page.text}'`, await settle(tab, page), await tab.evaluate(() => document.body.innerText.slice(0, 300)).catch(String));
	const inner = tab.frames().find((frame) => frame.url().includes("if_/")) || tab.mainFrame();
	if (page.picture)
		check(page.name, "its picture is drawn", await inner.evaluate(() => [...document.images].some((one) => one.naturalWidth === 3)), page.path);
	if (page.style)
		check(page.name, "its style is there", await inner.evaluate(() => getComputedStyle(document.body).backgroundColor) === "rgb(1, 2, 3)",
			await inner.evaluate(() => getComputedStyle(document.body).backgroundColor));
	if (page.framed) {
		const bar = await tab.evaluate(() => {
			const box = document.querySelector(".replay-bar").getBoundingClientRect(), frame = document.querySelector("iframe.replayed");
			const top = document.elementFromPoint(box.left + 40, box.top + 10);
			return { shown: box.height > 20 && !!top.closest(".replay-bar"), frames: document.querySelectorAll("iframe").length,
				wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, sandbox: frame.getAttribute("sandbox") };
		});
		check(page.name, "the bar is what it was", bar.shown && bar.frames === 1 && bar.wide <= 0, bar);
		check(page.name, "the frame is a sandbox", bar.sandbox && !/scripts|same-origin|popups|forms/.test(bar.sandbox), bar.sandbox);
	}
	// Whatever a person would press.
	for (const selector of page.presses || []) {
		const one = inner.locator(selector).first();
		await one.click({ timeout: 3000, force: true }).catch(() => {});
		await tab.waitForTimeout(150);
		check(page.name, `pressing ${selector} leads nowhere else`, tab.url().startsWith(plan.base), tab.url());
		if (tab.url() !== plan.base + page.path)
			break;
	}
	await tab.waitForTimeout(300);
	check(page.name, "the window stays with us", tab.url().startsWith(plan.base), tab.url());
	const left = await traces(tab);
	check(page.name, "nothing ran", !seen.ran.length && !left.length, [...seen.ran, ...left].slice(0, 5));
	check(page.name, "no window or download", !seen.windows.length, seen.windows);
	check(page.name, "no request to elsewhere", !seen.outside.length, seen.outside.slice(0, 5));
	check(page.name, "nobody came to the canary", guests === before, guests - before);
	check(page.name, "no service worker", !context.serviceWorkers().length);
	if (page.follows) {
		await tab.goto(plan.base + page.path, { waitUntil: "networkidle" });
		const frame = tab.frames().find((one) => one.url().includes("if_/"));
		await Promise.all([tab.waitForURL("**" + page.follows, { timeout: 10000 }), frame.click(page.link)]).catch((error) =>
			check(page.name, "a link leads on in the archive", false, String(error).slice(0, 300)));
		check(page.name, "a link leads on in the archive", tab.url() === plan.base + page.follows, tab.url());
	}
	await context.close();
}

async function main() {
	const server = await canary();
	const rules = `MAP *.example 127.0.0.1:${server.address().port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;
	const browser = await chromium.launch({ executablePath: plan.chromium, args: ["--no-sandbox", `--host-resolver-rules=${rules}`] });
	// The canary is where everybody who leaves arrives.
	const tab = await (await browser.newContext()).newPage();
	await tab.goto("http://elsewhere.example/").catch(() => {});
	check("canary", "it counts", guests > 0 && (await tab.content()).includes("escaped"), guests);
	await tab.close();
	for (const page of plan.pages) {
		const starts = Date.now();
		let timer;
		const late = new Promise((done) => { timer = setTimeout(() => done("late"), 60000); });
		check(page.name, "done within a minute", (await Promise.race([visit(browser, page), late])) !== "late");
		clearTimeout(timer);
		if (process.env.WV_SHOW_TIMES)
			console.error(page.name, Date.now() - starts, "ms");
	}
	await browser.close();
	server.close();
	console.log(JSON.stringify({ checks, failed }));
	process.exit(failed ? 1 : 0);
}

main().catch((error) => {
	console.log(JSON.stringify({ where: "replay_hostile.js", what: "runs", got: String(error.stack || error).slice(0, 600) }));
	process.exit(1);
});
