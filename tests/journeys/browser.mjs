/* A browser that somebody tells what to do: a line of JSON {verb, words} on standard input, one of {problem} back. */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.env.MODULES, 'packages.js'));
const { chromium } = require('playwright-core');
const TIMEOUT_MS = 30_000;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, chromiumSandbox: false });
// An own authority is one that the person has told the browser of.
const page = await browser.newPage({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
page.setDefaultTimeout(TIMEOUT_MS);

const text = async () => (await page.evaluate(() => document.body.innerText)).replace(/\s+/g, ' ');

/* The first of them that is there and can be seen. */
async function first(...kinds) {
  for (const end = Date.now() + TIMEOUT_MS; ;) {
    for (const kind of kinds) {
      for (const one of await kind.all()) {
        if (await one.isVisible() || await one.getAttribute('type') === 'file') return one;
      }
    }
    if (Date.now() > end) throw new Error(`it is not on the page ${page.url()}: ${(await text()).slice(0, 2000)}`);
    await page.waitForTimeout(50);
  }
}

const verbs = {
  open: (address) => page.goto(address),

  click: async (words) => {
    const name = { name: words, exact: true };
    const one = await first(page.getByRole('button', name), page.getByRole('link', name),
      page.getByLabel(words, { exact: true }), page.getByText(words, { exact: true }), page.getByText(words));
    await one.click();
    await page.waitForLoadState();
  },

  type: async (words) => {
    const [, label, value] = words.match(/^(.*?) = (.*)$/);
    const one = await first(page.getByLabel(label, { exact: true }), page.getByPlaceholder(label, { exact: true }),
      page.getByLabel(label));
    const kind = await one.evaluate((field) => field.tagName === 'SELECT' ? 'select' : field.type);
    if (kind === 'select') await one.selectOption({ label: value });
    else if (kind === 'file') await one.setInputFiles(value.replace(/^~/, process.env.HOME));
    else if (kind === 'search') { await one.fill(value); await one.press('Enter'); await page.waitForLoadState() }
    else await one.fill(value);
  },

  see: async (words) => {
    const wanted = words.replace(/\s+/g, ' ');
    for (const end = Date.now() + TIMEOUT_MS; !(await text()).includes(wanted);) {
      if (Date.now() > end) throw new Error(`the page ${page.url()} says: ${(await text()).slice(0, 3000)}`);
      await page.waitForTimeout(50);
    }
  },

  picture: async (name) => {
    mkdirSync(process.env.SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { verb, words } = JSON.parse(line);
  let problem = null;
  try {
    await verbs[verb](words);
  } catch (error) {
    problem = String(error.message ?? error);
  }
  console.log(JSON.stringify({ problem }));
}
await browser.close();
