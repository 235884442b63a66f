/* What holds for every kind of page (kinds.mjs). A page is opened once for all rows about it, in the same tab. */
import { mkdirSync } from 'node:fs';
import { axe, none, row, run, shared, shots } from './browser.mjs';
import { kinds, unknown } from './kinds.mjs';

const WIDE = 1440, NARROW = 360, NARROWEST = 320, HEIGHT = 900, PICTURE_MAX_HEIGHT = 3000;
/* How a page is looked at. Each rule depends on the width or on the theme, none on both: wide and light is every
   second page, narrow and dark are the others. LONG=1 looks at each in every way, with pictures, which are for
   people. */
const LONG = process.env.LONG === '1';
const LOOKS = LONG ? [NARROW, 768, WIDE].flatMap((width) => [[width, 'light'], [width, 'dark']])
  : [[WIDE, 'light'], [NARROW, 'dark']];
const looks = (at) => LONG ? LOOKS : [LOOKS[at % LOOKS.length]];
const TABS_MAX = 2000;
const AXE = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
// What WCAG excepts and the rules cannot tell.
const EXCEPT = {
  'target-size': /^<a href="[^"]*#L\d+">\d+<\/a>$/,    // in a line of code, which sets its height
};

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
    if (looks(target) === before.get(target)) window.focusNote.unseen.push(target.outerHTML.slice(0, 160));
  });
  document.activeElement?.blur();
  return all.length;
}

function focusFaults() {
  const { reached, unseen, all } = window.focusNote;
  return [...all.filter((one) => !reached.has(one)).map((one) => `not reached: ${one.outerHTML.slice(0, 160)}`),
    ...unseen.map((html) => `focus cannot be seen: ${html}`)];
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
    const found = [];
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

await run();
