// Tabs by what they are like (language, size, zoom, colours): one that is there is used again, since a
// tab of one's own for every page costs more than the page.
"use strict";

const tabs = new Map(); // browser -> look -> {tab, world}

async function tabOf(browser, look) {
	const own = tabs.get(browser) || tabs.set(browser, new Map()).get(browser), key = JSON.stringify(look);
	if (!own.has(key)) {
		const context = await browser.newContext(look), tab = await context.newPage();
		own.set(key, { tab, world: await context.newCDPSession(tab) });
	}
	return own.get(key);
}

module.exports = { tabOf };
