/* What no page may hold, wherever its words come from. Runs in the page; returns the faults. */
export function audit() {
  const faults = [];
  const say = (one, what) => faults.push(`${what}: ${one.outerHTML.slice(0, 200)}`);
  const forbidden = 'iframe, frame, object, embed, base, style, template, math, foreignObject, applet, video, audio, '
    + 'meta[http-equiv], svg script, svg:not(.graph > svg) a, svg use, svg image, svg animate, marquee';
  const ours = 'script[type=module][src^="/static/"], script[type="application/ld+json"]:not([src])';
  const links = ['stylesheet', 'icon', 'canonical', 'alternate', 'search', 'prev', 'next'];
  const fetched = ['src', 'srcset', 'action', 'formaction', 'poster', 'background', 'data', 'ping', 'xlink:href'];
  const schemes = ['http:', 'https:', 'mailto:'];

  for (const one of document.querySelectorAll('*')) {
    if (one.matches(forbidden)) say(one, 'element');
    if (one.localName === 'script' && !one.matches(ours)) say(one, 'script');
    if (one.localName === 'link' && !links.includes(one.rel)) say(one, 'link');
    if (one.localName.includes('-')) say(one, 'element nobody knows');
    for (const { name, value } of one.attributes) {
      if (/^on|^style$|^srcdoc$|^is$/.test(name)) say(one, `attribute ${name}`);
      if (!fetched.includes(name) && name !== 'href') continue;
      const url = URL.parse(value, location.href);
      if (!url || !schemes.includes(url.protocol)) say(one, `address in ${name}`);
      else if (fetched.includes(name) && url.origin !== location.origin) say(one, `foreign address in ${name}`);
    }
  }
  if (document.querySelectorAll('#main').length !== 1) faults.push('the name of the main part is taken');
  if (document.querySelectorAll('main').length !== 1) faults.push('the main part is broken');
  if (!document.querySelector('body > footer')) faults.push('the page is broken off');
  if (window.pwned) faults.push('a script ran');
  return faults;
}
