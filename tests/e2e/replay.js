// Shows pages of a WACZ in a browser with ReplayWeb.page: node replay.js MODULES CHROMIUM WACZ URL TEXT [URL TEXT...]
//
// MODULES is a node_modules with playwright-core and, unpacked, replaywebpage. Exit 1 where a page
// does not show its text. Everything is served from loopback.
"use strict";
const fs = require("fs"), http = require("http"), path = require("path");

const [modules, chromium, wacz, ...wanted] = process.argv.slice(2);
const { chromium: browserType } = require(path.join(modules, "playwright-core"));
const player = path.join(modules, "replaywebpage");

const page = (url) => `<!doctype html><script src="/ui.js"></script>
<replay-web-page source="/a.wacz" url="${url}" replayBase="/replay/" embed="replayonly" style="height:100vh"></replay-web-page>`;

function answer(request, response) {
	const target = new URL(request.url, "http://127.0.0.1");
	const files = { "/ui.js": path.join(player, "ui.js"), "/replay/sw.js": path.join(player, "sw.js"), "/a.wacz": wacz };
	const file = files[target.pathname];
	if (target.pathname === "/show") {
		response.setHeader("Content-Type", "text/html");
		return response.end(page(target.searchParams.get("url")));
	}
	if (!file)
		return response.writeHead(404).end();
	const size = fs.statSync(file).size;
	const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range || "");
	response.setHeader("Content-Type", file.endsWith(".js") ? "application/javascript" : "application/wacz");
	response.setHeader("Accept-Ranges", "bytes");
	if (request.method === "HEAD")
		return response.writeHead(200, { "Content-Length": size }).end();
	if (!range) {
		response.writeHead(200, { "Content-Length": size });
		return fs.createReadStream(file).pipe(response);
	}
	const start = Number(range[1]), end = range[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
	response.writeHead(206, { "Content-Range": `bytes ${start}-${end}/${size}`, "Content-Length": end - start + 1 });
	fs.createReadStream(file, { start, end }).pipe(response);
}

async function shows(context, port, url, text) {
	const tab = await context.newPage();
	const ends = Date.now() + 60000;
	await tab.goto(`http://127.0.0.1:${port}/show?url=${encodeURIComponent(url)}`);
	while (Date.now() < ends) {
		for (const frame of tab.frames()) {
			const found = await frame.evaluate(() => document.body && document.body.innerText).catch(() => "");
			if (frame.url().includes("mp_/") && found && found.includes(text)) {
				await tab.close();
				return true;
			}
		}
		await tab.waitForTimeout(100);
	}
	for (const frame of tab.frames())
		console.log(frame.url(), (await frame.content().catch(() => "")).slice(0, 300));
	return false;
}

async function main() {
	const server = http.createServer(answer);
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox"] });
	const context = await browser.newContext();
	let failed = 0;
	for (let i = 0; i + 1 < wanted.length; i += 2) {
		if (!(await shows(context, server.address().port, wanted[i], wanted[i + 1]))) {
			console.log(`${wanted[i]} does not show '${wanted[i + 1]}'`);
			failed++;
		}
	}
	await browser.close();
	server.close();
	process.exit(failed ? 1 : 0);
}

main();
