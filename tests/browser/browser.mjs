/* A browser under test: rows reported in TAP, one Chromium for all of them, and pages that are watched.

     row('name', async () => { … })      fails by throwing; a Skip skips it, but not where CI=true
     await run()                         runs the rows, ends the browser and the program

   tests/browser/browser.py starts the program and hands over what it has to know (`facts`) and where
   the packages are. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.env.MODULES, 'packages.js'));
const { chromium } = require('playwright-core');

export const axe = require('axe-core').source;
export const facts = JSON.parse(readFileSync(0, 'utf8'));
export const shots = process.env.SCREENSHOTS;

const TIMEOUT_MS = 20_000, LINE_MAX = 400, PROBLEMS_MAX = 12;
const origin = new URL(facts.url).origin;
const rows = [];
let browser;

export class Skip extends Error {}

export const row = (name, run) => rows.push({ name: name.replaceAll('#', 'number '), run });
export const path = (url) => url.startsWith(origin) ? url.slice(origin.length) : url;

/* Fails with all of them, one to a line. */
export function none(problems, what) {
  if (!problems.length) return;
  const said = [...new Set(problems)].map((one) => String(one).replaceAll('\n', ' ').slice(0, LINE_MAX));
  const more = said.length > PROBLEMS_MAX ? [`… and ${said.length - PROBLEMS_MAX} more`] : [];
  throw new Error([what, ...said.slice(0, PROBLEMS_MAX), ...more].join('\n  '));
}

/* `session`: the cookie of who is signed in. */
export async function context(options = {}, session = null) {
  const made = await browser.newContext({ baseURL: facts.url, reducedMotion: 'reduce', ...options });
  made.setDefaultTimeout(TIMEOUT_MS);
  if (session) await made.addCookies([{ name: 'chartlocker', value: session, url: facts.url }]);
  return made;
}

/* What must not happen on any page, noted in page.faults; page.requests are the addresses asked for. */
export function watch(page) {
  const fault = (text) => page.faults.push(`${path(page.url())}: ${text}`);
  page.faults = [];
  page.requests = [];
  page.on('request', (request) => {
    const url = request.url();
    if (url.startsWith('data:')) return;
    page.requests.push(path(url));
    if (!url.startsWith(origin + '/')) fault(`foreign request: ${url}`);
  });
  page.on('console', (message) => {
    const of_page = message.location().url === page.url() && /status of 4\d\d/.test(message.text());
    if (message.type() === 'error' && !of_page) fault(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => fault(`script: ${error.message}`));
  page.on('dialog', (dialog) => { fault(`dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}) });
  page.on('popup', () => fault('a window was opened'));
  page.on('crash', () => fault('the tab crashed'));
  return page;
}

/* What the browser tells arrives when it does. False: not even after a long time. */
export async function settled(page, condition) {
  for (const end = Date.now() + TIMEOUT_MS; !condition() && Date.now() < end;) await page.waitForTimeout(10);
  return condition();
}

export async function open(made, address) {
  const page = watch(await made.newPage());
  if (address) await page.goto(address);
  return page;
}

/* What leads to another page, or to this one anew, which its address does not tell apart. */
export async function leave(page, act) {
  await Promise.all([page.waitForEvent('load'), act()]);
}

/* A page for every row that asks for the same context, and with the same number: each context that is made, and its
   first page, is a process more. Whose the cookies and the storage are is the caller's business. */
const kept = new Map();
export async function shared(options = {}, session = null, number = 0) {
  const key = JSON.stringify([options, session]);
  if (!kept.has(key)) kept.set(key, { made: await context(options, session), pages: [] });
  const { made, pages } = kept.get(key);
  const page = pages[number] ??= watch(await made.newPage());
  page.requests.length = page.faults.length = 0;
  return page;
}

/* Calls work(item, page) for every item, some pages of a context at a time. */
export async function each(items, options, work, at_a_time = 3) {
  const left = [...items], pages = [];
  for (let number = 0; number < at_a_time; number++) pages.push(await shared(options, null, number));
  await Promise.all(pages.map(async (page) => {
    while (left.length) await work(left.shift(), page);
  }));
}

export async function run() {
  const wanted = process.argv.slice(2);
  const chosen = rows.filter(({ name }) => !wanted.length || wanted.some((part) => name.includes(part)));
  let failed = 0;
  console.log(`1..${chosen.length}`);
  browser = await chromium.launch({
    executablePath: facts.chromium, chromiumSandbox: false,
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--disable-gpu', '--renderer-process-limit=1'],
  });
  for (const [at, { name, run }] of chosen.entries()) {
    try {
      await run();
      console.log(`ok ${at + 1} - ${name}`);
    } catch (error) {
      if (error instanceof Skip && process.env.CI !== 'true') {
        console.log(`ok ${at + 1} - ${name} # SKIP ${error.message}`);
        continue;
      }
      failed++;
      console.log(`not ok ${at + 1} - ${name}\n# ${String(error.stack ?? error).replaceAll('\n', '\n# ')}`);
    }
  }
  await browser.close();
  process.exit(failed ? 1 : 0);
}
