/* What holds for every kind of page (kinds.mjs). A page is opened once for all rows about it, in the same tab. */
import { mkdirSync } from 'node:fs';
import { axe, context, facts, none, open, row, run, shared, shots } from './browser.mjs';
import { kinds, unknown } from './kinds.mjs';

const WIDE = 1440, NARROW = 360, NARROWEST = 320, HEIGHT = 900, PICTURE_MAX_HEIGHT = 3000;
/* How a page is looked at. Each rule depends on the width or on the theme, none on both: wide and light is every
   second page, narrow and dark are the others. LONG=1 looks at each in every way, with pictures, which are for
   people. */
const LONG = process.env.LONG === '1';
const LOOKS = LONG ? [NARROW, 768, WIDE].flatMap((width) => [[width, 'light'], [width, 'dark']])
  : [[WIDE, 'light'], [NARROW, 'dark']];
const looks = (at) => LONG ? LOOKS : [LOOKS[at % LOOKS.length]];
const TABS_MAX = 2000, FINGER = 44, LATE_MS = 300, README_BEGINS = 480;
const AXE = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
/* Kinds that have all there is to touch. */
const TOUCHED = ['home', 'search narrowed', 'repositories', 'repository', 'chart', 'chart to install', 'values',
  'templates', 'versions', 'compare', 'upload', 'account', 'administered repository', 'events', 'user', 'webhook', 'not found'];
// What WCAG excepts and the rules cannot tell.
const EXCEPT = {
  'target-size': /^<a href="[^"]*#L\d+">\d+<\/a>$/,    // in a line of code, which sets its height
};

const sized = (width, more) => ({ viewport: { width, height: HEIGHT }, ...more });

mkdirSync(shots, { recursive: true });

async function violations(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate((options) => axe.run(document, options), AXE);
  return found.violations.flatMap((rule) => rule.nodes
    .filter((node) => !EXCEPT[rule.id]?.test(node.html))
    .map((node) => `${what}: ${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}

async function picture(page, name, width, theme) {
  const height = Math.min(PICTURE_MAX_HEIGHT, await page.evaluate(() => document.documentElement.scrollHeight));
  await page.screenshot({ path: `${shots}/${name.replaceAll(' ', '-')}-${width}-${theme}.png`,
    fullPage: true, clip: { x: 0, y: 0, width, height } });
}

/* In the page: what is wider than the window, without being in something that scrolls. */
function tooWide() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > width + 1);
  return [`${document.documentElement.scrollWidth} pixels`, ...wide.slice(0, 4).map((one) => one.outerHTML.slice(0, 120))];
}

/* In the page: what one would have to scroll. */
function cutOff() {
  return [...document.querySelectorAll('main :not(.hidden)')].filter((one) => one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).overflowX !== 'visible').map((one) => one.outerHTML.slice(0, 120));
}

/* In the page: notes which elements get the focus, and whether they look different then. */
function noteFocus() {
  const usable = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  const looks = (one) => [one, one.parentElement, one.closest('.row, form, label')].filter(Boolean).map((part) => {
    const s = getComputedStyle(part);
    return [s.outlineStyle === 'none' ? '' : s.outline, s.boxShadow, s.borderColor, s.backgroundColor, s.top].join();
  }).join();
  const all = [...document.querySelectorAll(usable)].filter((one) =>
    one.tabIndex >= 0 && !one.disabled && one.type !== 'hidden' && one.checkVisibility({ visibilityProperty: true })
    && !one.closest('[inert]'));
  const before = new Map(all.map((one) => [one, looks(one)]));
  window.focusNote = { reached: new Set(), unseen: [], all };
  document.addEventListener('focusin', ({ target }) => {
    window.focusNote.reached.add(target);
    const { width, height } = target.getBoundingClientRect();
    const hidden = Math.min(width, height) < 4 || getComputedStyle(target).clipPath !== 'none';
    if (hidden || looks(target) === before.get(target)) window.focusNote.unseen.push(target.outerHTML.slice(0, 160));
  });
  document.activeElement?.blur();
  return all.length;
}

function focusFaults() {
  const { reached, unseen, all } = window.focusNote;
  return [...all.filter((one) => !reached.has(one)).map((one) => `not reached: ${one.outerHTML.slice(0, 160)}`),
    ...unseen.map((html) => `focus cannot be seen: ${html}`)];
}

/* In the page: what is wrong with its outline, shown or not. Headings of a README are its author's. */
function outlineFaults() {
  const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter((one) => !one.closest('.prose'));
  const level = (one) => Number(one.localName[1]), told = (one) => one.outerHTML.slice(0, 80);
  const section = (one) => one.parentElement.closest('section, article');
  const title = (one) => one && (headings.find((other) => section(other) === one) ?? title(section(one)));
  const outer = (one) => title(section(one)) === one ? title(section(section(one) ?? one)) : title(section(one));
  const tops = headings.filter((one) => level(one) === 1);
  return [...tops.length === 1 ? [] : [`${tops.length} headings of the whole page`],
    ...headings.filter((one, at) => level(one) > (at ? level(headings[at - 1]) : 0) + 1)
      .map((one) => `heading left out before ${told(one)}`),
    ...headings.filter((one) => outer(one) && level(outer(one)) >= level(one))
      .map((one) => `no deeper than ${told(outer(one))}, in which it is: ${told(one)}`)];
}

/* In the page: what a finger misses. A link in a text is as high as its line, a row is all a link. */
function tooLow(least) {
  const text = 'p, .prose, .notice, .lines, .graph, dd, .hint, .skip, .hidden, .tree td:last-child';
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')];
  return all.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.parentElement.closest(text)
    && !one.matches(text)).map((one) => [one, (one.closest('label, .row') ?? one).getBoundingClientRect().height])
    .filter(([, height]) => height < least)
    .map(([one, height]) => `${Math.round(height)} pixels: ${one.outerHTML.slice(0, 100)}`);
}

row('every page of the table of addresses is looked at', async () => none(unknown, 'not in kinds.mjs:'));

for (const [at, { name, address, session }] of kinds.entries()) {
  let page;

  row(`requests: ${name}`, async () => {
    page = await shared({}, session);
    await page.setViewportSize({ width: WIDE, height: HEIGHT });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(address);
    const pictures = /^\/favicon\.ico|\.svg$|\/file\?|\/logo/;
    const asked = page.requests.filter((one) => !pictures.test(one));
    if (asked.length > 3) none(asked, 'more than a page, a stylesheet and a script:');
    none(page.faults, 'on the page:');
  });

  row(`keyboard: ${name}`, async () => {
    const count = await page.evaluate(noteFocus);
    for (let i = 0; i < Math.min(count + 1, TABS_MAX); i++) await page.keyboard.press('Tab');
    none(await page.evaluate(focusFaults), `of ${count} that can be used:`);
  });

  row(`accessible: ${name}`, async () => {
    await page.reload();
    const found = await page.evaluate(outlineFaults);
    for (const [width, theme] of looks(at)) {
      await page.setViewportSize({ width, height: HEIGHT });
      await page.emulateMedia({ colorScheme: theme });
      found.push(...await violations(page, `${width} ${theme}`));
      if (LONG) await picture(page, name, width, theme);
    }
    none(found, 'violations:');
  });

  row(`narrow: ${name}`, async () => {
    await page.setViewportSize({ width: NARROWEST, height: HEIGHT });
    none(await page.evaluate(tooWide), `wider than ${NARROWEST}:`);
    none(page.faults, 'on the page:');
  });
}

for (const { name, address, session } of kinds.filter(({ name }) => TOUCHED.includes(name)))
  row(`fingers: ${name}`, async () => {
    const made = await context(sized(NARROW, { hasTouch: true, isMobile: true }), session);
    const page = await open(made, address);
    none(await page.evaluate(tooLow, FINGER), `lower than ${FINGER} pixels:`);
    none(await page.evaluate(tooWide), `wider than ${NARROW}:`);
    await made.close();
  });

for (const javaScriptEnabled of [true, false])
  row(`the tab that is shown is seen, with${javaScriptEnabled ? '' : 'out'} script`, async () => {
    const page = await open(await context(sized(NARROW, { javaScriptEnabled })),
      '/packages/main/showcase/2.0.0/changelog');
    const box = await page.locator('.tabs [aria-current]').boundingBox();
    if (box.x < 0 || box.x + box.width > NARROW) throw new Error(JSON.stringify(box));
  });

row('without script the ways to install do not push the README away', async () => {
  const page = await open(await context(sized(WIDE, { javaScriptEnabled: false })), '/packages/main/showcase');
  const { y } = await page.locator('.prose').boundingBox();
  if (y > 2 * HEIGHT) throw new Error(`it begins at ${y}`);
});

for (const javaScriptEnabled of [true, false])
  row(`on a phone a README comes first, with${javaScriptEnabled ? '' : 'out'} script`, async () => {
    const page = await open(await context(sized(NARROW, { javaScriptEnabled })), '/packages/main/showcase/2.0.0');
    const { y } = await page.locator('.prose').boundingBox();
    if (y > README_BEGINS) throw new Error(`it begins at ${y}`);
    await page.click('text="Install"');
    const { y: top } = await page.locator('.install').boundingBox();
    if (top < 0 || top > HEIGHT / 2) throw new Error(`the ways to install begin at ${top}`);
    await page.goto('/packages/main/common');
    if (!await page.isVisible('.install')) throw new Error('what no button leads to is hidden');
  });

row('nothing moves when the script comes late', async () => {
  const page = await open(await context(sized(WIDE)));
  await page.route('**/site.js*', async (route) => { await page.waitForTimeout(LATE_MS); await route.continue() });
  await page.addInitScript(() => {
    window.moved = [];
    new PerformanceObserver((list) => window.moved.push(...list.getEntries()
      .flatMap(({ sources }) => sources.map(({ node }) => node?.outerHTML?.slice(0, 100)))))
      .observe({ type: 'layout-shift', buffered: true });
  });
  for (const address of ['/packages/main/showcase', '/packages/main/showcase/2.0.0/values', '/search?q=database']) {
    await page.goto(address);
    await page.waitForTimeout(LATE_MS);
    none(await page.evaluate(() => window.moved), `on ${address}:`);
  }
});

row('texts run as their words do', async () => {
  const page = await open(await context(sized(WIDE)), '/packages/main/right-to-left');
  const from = (which) => page.evaluate((which) => {
    const words = document.createRange(), one = document.querySelector(which);
    words.selectNodeContents(one);
    return words.getBoundingClientRect().left - one.getBoundingClientRect().left > 20 ? 'right' : 'left';
  }, which);
  const direction = (which) => page.evaluate((it) => getComputedStyle(document.querySelector(it)).direction, which);
  none([...await Promise.all([['.lead', 'rtl'], ['.prose', 'rtl'], ['.prose pre', 'ltr'], ['.tabs', 'ltr']]
    .map(async ([which, wanted]) => await direction(which) !== wanted && `${which} is not ${wanted}`)),
  await from('.prose p') !== 'right' && 'a paragraph in Hebrew begins at the left',
  await from('.prose p:nth-of-type(2)') !== 'left' && 'one in English begins at the right'].filter(Boolean), 'wrong:');
});

/* In the page: what ends a line of `which`, but for the last one, and what is wider than its column. */
function lineEnds(which) {
  const ends = [];
  for (const one of document.querySelectorAll(which)) {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), place = document.createRange();
    for (let before, top; walker.nextNode();)
      for (let at = 0; at < walker.currentNode.length; at++) {
        place.setStart(walker.currentNode, at);
        place.setEnd(walker.currentNode, at + 1);
        const now = place.getBoundingClientRect().top;
        if (before && now > top + 4) ends.push(before);
        [before, top] = [walker.currentNode.data[at], now];
      }
    if (one.scrollWidth > one.parentElement.clientWidth) ends.push(`beyond the column: ${one.textContent}`);
  }
  return ends;
}

for (const width of [WIDE, NARROW])
  row(`the names of images are broken behind their parts, ${width}`, async () => {
    const page = await open(await context(sized(width)), '/packages/carried/images');
    const ends = await page.evaluate(lineEnds, '.places code');
    if (!ends.length) throw new Error('no name is longer than a line');
    none(ends.filter((one) => !/^[/:@-]$/.test(one)), 'ends of lines:');
  });

row('the head of the page is one line on a tablet', async () => {
  const page = await open(await context(sized(768), facts.sessions.root), '/admin');
  const height = await page.locator('.top').evaluate((one) => one.offsetHeight);
  if (height > 70) throw new Error(`${height} pixels`);
});

for (const address of ['/packages/main/showcase/versions', '/admin/events', '/repos', '/admin/repos'])
  row(`rows of short facts are not wider than a phone: ${address}`, async () => {
    const page = await open(await context(sized(NARROW), facts.sessions.root), address);
    const [wide, room, head] = await page.evaluate(() => [document.querySelector('.scroll').scrollWidth,
      document.querySelector('.scroll').clientWidth, document.querySelector('.top').offsetHeight]);
    if (wide > room) throw new Error(`${wide} pixels in ${room}`);
    if (head > 110) throw new Error(`the head of the page has ${head} pixels: its links have a line of their own`);
  });

row('a description that is folded ends behind a line', async () => {
  const page = await open(await context(sized(NARROW, { hasTouch: true, isMobile: true })),
    '/packages/main/showcase/2.0.0/values');
  const lines = await page.evaluate(() => {
    document.querySelector('.lead').outerHTML = `<details class="lead"><summary>${'word '.repeat(300)}</summary></details>`;
    const one = document.querySelector('.lead > summary');
    return one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight);
  });
  if (Math.abs(lines - 6) > 0.1) throw new Error(`${lines} lines`);
});

row('what a repository is for leaves room for what there is of it', async () => {
  const page = await open(await context(sized(WIDE)), '/repos');
  const [wide, room] = await page.evaluate(() => {
    document.querySelector('td.wide').textContent = 'd'.repeat(900);
    const box = document.querySelector('.scroll');
    return [box.scrollWidth, box.clientWidth];
  });
  if (wide > room) throw new Error(`${wide} pixels in ${room}`);
});

for (const [width, part] of [[NARROW, 'compare'], [768, 'versions']])
  row(`long versions fit: ${part}`, async () => {
    const page = await open(await context(sized(width)), `/packages/main/of-branches/${part}`);
    const tables = (await page.evaluate(cutOff)).filter((html) => html.startsWith('<div class="scroll"'));
    none([...await page.evaluate(tooWide), ...tables], `wider than ${width}:`);
  });

for (const part of ['showcase', 'showcase/compare/1.0.0...2.0.0', 'umbrella/1.0.0/dependencies'])
  row(`on paper nothing is cut off: ${part}`, async () => {
    const page = await open(await context(sized(640)), `/packages/main/${part}`);
    await page.emulateMedia({ media: 'print' });
    none([...await page.evaluate(tooWide), ...await page.evaluate(cutOff)], 'wider than the paper:');
  });

await run();
