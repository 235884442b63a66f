/* What every page of every chart keeps to (audit.mjs), whatever the chart says; and its words in
   searches and in addresses of nothing. */
import { audit } from './audit.mjs';
import { Skip, context, each, facts, none, open, row, run, settled } from './browser.mjs';
import { partsOfVersion } from './kinds.mjs';

const BAD = ['<p onclick="x">', '<p style="top: 0">', '<a href="javascript:x">', '<a href="data:,x">',
  '<a href="//[">', '<img src="https://evil.example/">', '<img srcset="//evil.example/ 1x">', '<iframe></iframe>',
  '<form action="https://evil.example/"></form>', '<svg><use href="#x"></use></svg>', '<base href="/">',
  '<script src="/x.js"></script>', '<link rel="prefetch" href="/">', '<style></style>', '<x-y></x-y>',
  '<meta http-equiv="refresh" content="99">', '<p id="main">'];

const base = (repo, name) => `/packages/${repo.replace('/', '~')}/${encodeURIComponent(name)}`;

async function visit(addresses, options = {}) {
  const faults = [];
  await each(addresses, options, async (address, page) => {
    const answer = await page.goto(address);
    if (answer.status() >= 500) faults.push(`${address}: status ${answer.status()}`);
    faults.push(...(await page.evaluate(audit)).map((fault) => `${address}: ${fault}`), ...page.faults.splice(0));
  });
  none(faults, `on ${addresses.length} pages:`);
}

row('what the audit finds', async () => {
  const page = await open(await context(), '/');
  none(await page.evaluate(audit), 'on a good page:');
  for (const html of BAD) {
    await page.evaluate((text) => { document.querySelector('main').innerHTML = text }, html);
    if (!(await page.evaluate(audit)).length) throw new Error(`nothing was found: ${html}`);
  }
});

row('what is watched', async () => {
  const made = await context();
  for (const bad of ['alert(1)', 'setTimeout(() => { throw new Error(1) })', 'console.error(1)',
    'new Image().src = "https://evil.example/"', 'document.body.setAttribute("onclick", "x()")']) {
    const page = await open(made, '/');
    await page.evaluate(bad);
    if (!await settled(page, () => page.faults.length)) throw new Error(`nothing was noted: ${bad}`);
    await page.close();
  }
});

/* Of a list the ones whose turn it is: other ones in each row. */
const turn = (list, number, share) => list.filter((_, at) => at % share === number % share);
const hostile = (number) => turn(facts.hostile, number, facts.hostile_share);

/* All of them where they say the most. */
for (const [number, [name, addresses]] of partsOfVersion('1.0.0', '1.1.0').entries())
  row(`T-WEB-01 T-META-12 hostile charts: ${name}`, () => visit((number ? hostile(number) : facts.hostile)
    .map(({ chart }) => addresses(base('main', chart), '1.1.0'))));

row('T-WEB-01 T-WEB-09 hostile charts without script', () =>
  visit(hostile(0).map(({ chart }) => base('main', chart)), { javaScriptEnabled: false }));

row('hostile charts in lists', () =>
  visit(['/', '/repos/main', ...[1, 2, 3, 4].map((page) => `/search?q=hostile&page=${page}`)]));

row('T-WEB-01 hostile words that are searched for', () =>
  visit(hostile(1).map(({ text: q }) => `/search?${new URLSearchParams({ q, repo: q, sort: q, theme: q })}`)));

row('T-WEB-01 hostile words in addresses', () =>
  visit(hostile(2).map(({ text }) => encodeURIComponent(text))
    .map((text) => `/packages/main/${text}?next=${text}`)));

row('hostile words among suggestions', async () => {
  const page = await open(await context(), '/');
  await page.fill('#search', 'hostile-');
  await page.waitForSelector('[role=option]');
  none([...await page.evaluate(audit), ...page.faults], 'on the page:');
});

for (const [number, [name, addresses]] of partsOfVersion().entries())
  row(`real charts: ${name}`, () => {
    if (!facts.real.length) throw new Skip('no charts (CHARTS= names the folder)');
    return visit(turn(facts.real, number, facts.share).map(([repo, chart, version]) => addresses(base(repo, chart), version)));
  });

await run();
