/* What somebody comes for, with the page's script and without it. */
import { strict as assert } from 'node:assert';
import { facts, leave, none, row, run, shared } from './browser.mjs';

const LINKS_MAX = 120;
const CHART = '/packages/main/showcase';

/* Copies, and sees that the button says so; it does for two seconds. */
async function copies(page, button, said) {
  await Promise.all([page.waitForSelector(said), page.click(button)]);
}

/* A journey begins without what an earlier one has left, and ends well when nothing was noted on the way. */
function journey(name, options, steps) {
  row(name, async () => {
    const page = await shared(options), made = page.context();
    await made.clearCookies();
    await page.goto('/');
    if (options.javaScriptEnabled !== false) {
      await page.evaluate(() => localStorage.clear());
      await page.goto('/');
    }
    await steps(page, made);
    none(page.faults, 'on the way:');
  });
}

async function signIn(page, name) {
  await page.goto('/login');
  await page.fill('[name=name]', name);
  await page.fill('[name=password]', facts.password);
  await page.click('main button');
  await page.waitForURL((url) => url.pathname === '/');
}

for (const [how, options] of [['with script', {}], ['without script', { javaScriptEnabled: false }]]) {
  const scripted = options.javaScriptEnabled !== false;

  journey(`from half a word with a typo to the README, ${how}`, options, async (page) => {
    await page.fill('#search', 'shwoca');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?q=shwoca*');
    await page.click('.row-name a >> text="showcase"');
    await page.waitForURL(`**${CHART}`);
    assert.match(await page.innerText('.prose'), /What a README can hold/);
    assert.match(await page.innerText('.install'), /helm install showcase/);
  });

  journey(`narrow by two facets and take one away, ${how}`, options, async (page) => {
    const apply = async (box) => {
      await page.check(box);
      if (!scripted) await page.click('.facets button');
    };
    await page.goto('/search');
    const found = async () => Number((await page.innerText('h1')).match(/[\d,]+/)[0].replace(',', ''));
    const all = await found();
    await apply('[name=repo][value=main]');
    await page.waitForURL('**repo=main**');
    const first = await found();
    await page.goBack();
    assert.equal(await found(), all);
    assert.equal(await page.locator('.facets :checked').count(), 0, 'a box says what the list shows');
    if (scripted) {    // as a page that was kept whole comes back
      await page.evaluate(() => {
        document.querySelector('[name=repo][value=main]').checked = true;
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      });
      assert.equal(await page.locator('.facets :checked').count(), 0, 'a kept page says it, too');
    }
    await page.goForward();
    await apply('[name=type][value=library]');
    await page.waitForURL('**type=library**');
    assert.match(page.url(), /repo=main/);
    assert.equal(await found(), 1);
    assert.ok(all > first && first > 1, `${all} > ${first} > 1`);
    assert.equal(await page.innerText('.row-name a'), 'common');
    await page.click('.chip.chosen >> text=/library/i');
    await page.waitForURL((url) => !url.searchParams.has('type'));
    assert.equal(await found(), first);
    await page.goBack();
    assert.equal(await found(), 1);
  });

  journey(`sign in, make a token, revoke it, ${how}`, {
    ...options, permissions: scripted ? ['clipboard-read', 'clipboard-write'] : [],
  }, async (page) => {
    const name = `of-a-journey-${how.replace(' ', '-')}`;
    const line = page.locator('.people tbody tr', { hasText: name });
    await page.goto('/account');
    await page.fill('[name=name]', 'alice');
    await page.fill('[name=password]', facts.password);
    await page.click('main button >> text="Sign in"');
    await page.waitForURL('**/account');
    await page.fill('[name=name]', name);
    await page.fill('[name=expires]', 'tomorrow');
    await page.click('text="Make token"');
    assert.match(await page.innerText('#wrong-expires'), /neither a time like 90d nor never/);
    assert.equal(await page.inputValue('[name=name]'), name);
    await page.fill('[name=expires]', '1d');
    await page.click('text="Make token"');
    const token = (await page.innerText('#tokens .code code')).trim();
    assert.match(token, /^clk_\w{33}$/);
    if (scripted) {
      await copies(page, '#tokens .copy', '#tokens [data-copied]');
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
    }
    const works = async () => (await page.request.get('/api/v1/whoami', {
      headers: { Authorization: `Bearer ${token}` } })).status();
    assert.equal(await works(), 200);
    await line.locator('summary').click();
    await line.locator('button').click();
    await page.waitForURL('**/account');
    assert.equal(await line.count(), 0);
    assert.equal(await works(), 401);
  });

  /* By keyboard alone, on a phone, in the dark. */
  journey(`from a search to values, changes and users, ${how}`,
    { ...options, viewport: { width: 360, height: 700 }, colorScheme: 'dark' }, async (page) => {
      const follow = async (link, address) => {
        await page.locator(link).first().focus();
        await page.keyboard.press('Enter');
        await page.waitForURL(`**${address}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${address} is too wide`);
      };
      await page.locator('#search').focus();
      await page.keyboard.type('shwoca');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/search?q=shwoca*');
      await follow('.row-name a >> text="showcase"', CHART);
      await follow('.tabs a >> text=Values', '/values');
      await page.locator('#values-filter').focus();
      await page.keyboard.type('replica');
      await page.keyboard.press('Enter');
      if (!scripted) await page.waitForURL('**/values?q=replica');
      await page.locator('#values >> text=/replica/i').first().waitFor();
      await page.goto(`${CHART}/1.0.0`);
      await follow('a >> text=what changed since this one', '/compare/1.0.0...2.0.0');
      assert.match(await page.innerText('main'), /9\.7/);
      await page.goto(`${CHART}/2.0.0`);
      await follow('.tabs a >> text=Dependencies', '/dependencies');
      assert.equal(await page.locator('.graph svg').count(), 1);
      await follow('[aria-label="Used by"] a >> text=umbrella', '/packages/main/umbrella**');
    });

  journey(`nothing found helps, ${how}`, options, async (page) => {
    await page.goto('/search?q=zzzzqqqq');
    assert.match(await page.innerText('main'), /Nothing was found/);
  });

  journey(`another version by its menu, ${how}`, options, async (page) => {
    await page.goto(CHART);
    await page.click('.menu summary');
    await page.click('.menu a >> text=1.0.0');
    await page.waitForURL(`**${CHART}/1.0.0`);
    assert.match(await page.innerText('main'), /A newer version is there/);
  });

  journey(`through the picture by keyboard, ${how}`, { ...options, viewport: { width: 360, height: 700 } }, async (page) => {
    await page.goto('/packages/main/umbrella/1.0.0/dependencies');
    const box = page.locator('.graph');
    await box.focus();
    const [wide, tall] = await box.evaluate((one) => [one.scrollWidth > one.clientWidth, one.scrollHeight > one.clientHeight]);
    assert.ok(wide && tall, 'it has room of its own to scroll');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page does not');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('href')), /showcase\/2\.0\.0\/dependencies$/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/showcase/2.0.0/dependencies');
    assert.match(await page.innerText('.graph'), /not in this catalog/);
  });

  journey(`publish several files and read the verdicts, ${how}`, options, async (page) => {
    const number = scripted ? 0 : 1, files = facts.files[number];
    const list = Object.entries(files).map(([name, text]) => ({ name, mimeType: 'application/gzip', buffer: Buffer.from(text, 'base64') }));
    const words = () => page.locator('.verdicts h3 .mark').allInnerTexts();
    await signIn(page, 'root');
    await page.click('nav >> text=Publish');
    await page.selectOption('[name=repo]', 'team-a/stable');
    if (!scripted) await page.click('text=Choose');
    await page.waitForURL('**repo=team-a%2Fstable');
    await page.setInputFiles('[type=file]', list);
    await page.click('text=Check only');
    await page.waitForFunction(() => document.querySelectorAll('.verdicts h3 .mark').length === 3);
    assert.deepEqual(await words(), ['acceptable', 'acceptable', 'refused']);
    await page.setInputFiles('[type=file]', list);
    await page.click('button >> text=Publish');
    await page.waitForFunction(() => document.querySelector('.verdicts h3 .mark')?.textContent === 'published');
    await page.waitForFunction(() => document.querySelectorAll('.verdicts h3 .mark').length === 3);
    assert.deepEqual(await words(), ['published', 'published', 'refused']);
    assert.match(await page.innerText('.verdicts'), /with its provenance file[^]*Package the chart anew/);
    await page.click(`.verdicts a >> text=fine 1.${number}.0`);
    await page.waitForURL(`**/packages/team-a~stable/fine/1.${number}.0`);
    assert.match(await page.innerText('h1'), /fine/);
  });

  journey(`make, set, delete and purge a repository, ${how}`, options, async (page) => {
    const name = `team-b/${scripted ? 'quick' : 'plain'}`, address = name.replace('/', '~');
    await signIn(page, 'root');
    await page.click('nav >> text=Admin');
    await page.click('[aria-label=Administration] >> text=Repositories');
    await page.fill('[name=name]', 'Not A Name');
    await page.fill('[name=description]', 'For the journey');
    await page.click('text=Make repository');
    assert.match(await page.innerText('.wrong'), /segment/);
    assert.ok(await page.locator('.wrong').evaluate((one) => one.getBoundingClientRect().bottom < innerHeight), 'out of sight');
    if (scripted) await page.waitForFunction(() => document.activeElement.name === 'name');
    assert.equal(await page.inputValue('[name=description]'), 'For the journey');
    await page.fill('[name=name]', name);
    await page.click('text=Make repository');
    await page.waitForURL(`**/admin/repos/${address}*`);
    await page.fill('[name=keep_last]', 'many');
    await page.click('text=Save settings');
    assert.match(await page.innerText('#wrong-keep_last'), /not a number/);
    await page.fill('[name=keep_last]', '7');
    await page.check('[name=private][type=checkbox]');
    await page.click('text=Save settings');
    await page.waitForURL('**?changed=settings');
    assert.equal(await page.inputValue('[name=keep_last]'), '7');
    assert.ok(await page.isChecked('[name=private][type=checkbox]'));
    await page.fill('[name=confirm]', name);
    await page.click(`button >> text=Delete ${name}`);
    await page.waitForURL('**/admin/repos*');
    await page.click(`summary >> text=Purge ${name}`);
    await page.fill('details[open] [name=confirm]', name);
    await leave(page, () => page.click('details[open] >> text=Purge for good'));
    assert.equal(new URL(page.url()).pathname, '/admin/repos');
    assert.equal(await page.locator(`summary >> text=Purge ${name}`).count(), 0);
    await page.click('[aria-label=Administration] >> text=Events');
    await page.selectOption('[name=kind]', 'repo.purge');
    await page.click('.filter button');
    await page.waitForURL('**kind=repo.purge**');
    assert.match(await page.innerText('tbody tr:first-child'), new RegExp(name));
  });

  journey(`the dark theme stays, ${how}`, options, async (page) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    const choose = async (theme, wanted) => {
      await page.click(`.themes >> text=${theme}`);
      await page.waitForFunction(([colour, same]) => (getComputedStyle(document.body).backgroundColor === colour) === same,
        [light, wanted]);
    };
    await choose('Dark', false);
    const dark = await background();
    const answer = await page.goto('/repos');
    assert.match(await answer.text(), /<html lang="en" data-theme="dark">/, 'the first paint is light');
    assert.equal(await background(), dark);
    await choose('System', true);
    await page.goto('/repos');
    assert.equal(await background(), light);
  });
}

// ---- what the script adds ----

journey('suggestions: arrows, Escape, Enter', {}, async (page) => {
  const input = page.locator('#search'), options = page.locator('[role=option]');
  const state = async () => [await input.getAttribute('aria-expanded'), await input.getAttribute('aria-activedescendant')];
  await input.fill('show');                    // at once: what a part of it suggests would come in between
  await options.first().waitFor();
  assert.deepEqual(await state(), ['true', null]);
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await state(), ['true', 'search-list-0']);
  assert.equal(await options.first().getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowUp');
  assert.deepEqual(await state(), ['true', null]);
  await page.keyboard.press('Escape');
  assert.deepEqual(await state(), ['false', null]);
  assert.equal(await input.inputValue(), 'show');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${CHART}`);
});

journey('suggestions are for what stands there', {}, async (page) => {
  const input = page.locator('#search'), options = page.locator('[role=option]');
  let asked = 0;
  await page.route('**/api/v1/suggest*', (route) => asked++ ? route.continue() : route.fulfill({ status: 503, body: '{}' }));
  for (const text of ['sho', 'sh', 'sho'])     // what failed is asked for again
    await Promise.all([page.waitForResponse(`**q=${text}`), input.fill(text)]);
  await options.first().waitFor();
  await page.keyboard.press('ArrowDown');
  assert.equal(await input.getAttribute('aria-activedescendant'), 'search-list-0');
  await page.unroute('**/api/v1/suggest*');
  await page.route('**/api/v1/suggest*', () => {});
  await page.keyboard.type('zzz');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=shozzz');
  await page.unroute('**/api/v1/suggest*');
  assert.match(page.faults.splice(0).join(), /^[^,]*status of 503[^,]*$/);
});

journey('what was typed into a filter is there again, and filters', {}, async (page) => {
  const rows = page.locator('#values tbody tr:visible');
  await page.goto(`${CHART}/2.0.0/values`);
  await page.fill('#values-filter', 'replica');
  const filtered = await rows.count();
  await page.click('.tabs a >> text=Dependencies');
  await page.waitForURL('**/dependencies');
  await page.goBack();
  await page.waitForFunction((count) => document.querySelectorAll('#values tbody tr:not([hidden])').length === count, filtered);
  assert.equal(await page.inputValue('#values-filter'), 'replica');
});

journey('a form is sent once', {}, async (page) => {
  await signIn(page, 'alice');
  await page.goto('/account');
  await page.fill('[name=name]', 'sent-once');
  await page.route('**/account/tokens*', async (route) => {
    const answer = await route.fetch();
    await new Promise((done) => setTimeout(done, 300));
    await route.fulfill({ response: answer });
  });
  await page.evaluate(() => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Make token');
    button.click();
    setTimeout(() => button.click(), 50);
  });
  assert.match(await page.innerText('#tokens .code code'), /^clk_/);
});

journey('a theme is chosen on a page whose address names another', {}, async (page) => {
  await page.goto('/search?theme=dark&q=show');
  await page.click('.themes >> text=Light');
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.equal(new URL(page.url()).search, '?q=show');
});

journey('suggestions by pointer', {}, async (page) => {
  const answer = page.waitForResponse('**q=showc');
  await page.locator('#search').pressSequentially('showc');
  await answer;
  await page.click('[role=option]');
  await page.waitForURL(`**${CHART}`);
});

journey('the slash goes to the search, but not from a field', {}, async (page) => {
  await page.goto(CHART);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.name || '');
  await page.keyboard.press('/');
  assert.equal(await focused(), 'header-search');
  await page.focus('[name=release]');
  await page.keyboard.press('/');
  assert.equal(await focused(), 'release');
});

journey('the list of keys', {}, async (page) => {
  await page.goto(CHART);
  await page.keyboard.press('?');
  assert.match(await page.innerText('dialog'), /Light or dark/);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });    // a browser tells later that it is closed
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.waitForURL(`${facts.url}/`);
});

journey('copy the command of installing', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
  await page.goto(CHART);
  const copy = '.install [role=tabpanel]:visible .copy';
  await page.fill('[name=release]', 'mine');
  await page.fill('[name=namespace]', 'shows');
  await copies(page, copy, `${copy}[data-copied]:has-text("Copied")`);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
    `helm repo add charts ${facts.url}\nhelm install mine charts/showcase --version 2.0.0 \\\n`
    + '  --namespace shows --create-namespace');
  await page.fill('[name=release]', 'not fine; rm -rf');
  assert.equal(await page.getAttribute('[name=release]', 'aria-invalid'), 'true');
  assert.match(await page.innerText('.install [role=tabpanel]:visible'), /helm install mine/);
  await page.emulateMedia({ media: 'print' });
  const printed = await page.innerText('.install [role=tabpanel]:visible');
  await page.emulateMedia({ media: null });
  assert.match(printed, /^Helm\n/);
});

journey('drop an archive', {}, async (page) => {
  await signIn(page, 'root');
  await page.goto('/upload?repo=main');
  const [name, text] = Object.entries(facts.files[0])[0];
  const dropped = await page.evaluateHandle(([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name));
    return data;
  }, [name, text]);
  await page.dispatchEvent('.drop', 'dragover', { dataTransfer: dropped });
  assert.ok(await page.locator('.drop[data-over]').count());
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: dropped });
  assert.equal(await page.locator('.drop[data-over]').count(), 0);
  await page.click('button >> text=Publish');
  await page.waitForSelector('.verdicts .mark >> text=published');
  await page.setInputFiles('[type=file]', { name, mimeType: 'application/gzip', buffer: Buffer.from(text, 'base64') });
  await page.click('button >> text=Publish');
  await page.waitForSelector('.verdicts .mark >> text=exists already');
  assert.equal(await page.locator('.verdicts > li').count(), 1);
  assert.equal((await page.request.get(`/charts/${name}`)).status(), 200);
});

journey('tabs of installing, by keyboard, are remembered', {}, async (page) => {
  await page.goto(CHART);
  const chosen = page.locator('.install [aria-selected=true]');
  await page.click('.install [role=tab] >> text=Helm');
  await page.keyboard.press('ArrowRight');
  assert.equal(await chosen.innerText(), 'Flux');
  assert.match(await page.innerText('.install [role=tabpanel]:visible'), /kind: HelmRelease/);
  await page.goto('/packages/main/postgresql');
  assert.equal(await chosen.innerText(), 'Flux');
});

journey('the digest as a whole', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
  await page.goto(CHART);
  await copies(page, '.facts .copy', '.facts [data-copied]');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^[0-9a-f]{64}$/);
});

for (const width of [320, 360, 768])
  journey(`an open menu is within ${width} pixels`, { viewport: { width, height: 700 } }, async (page) => {
    for (const chart of [CHART, '/packages/main/old']) {
      await page.goto(chart);
      await page.click('.menu summary');
      const box = await page.locator('.menu ul').boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
    }
  });

journey('every link of the site leads somewhere', {}, async (page) => {
  const seen = new Map(), left = ['/', CHART, '/styleguide'];
  const inner = /^\/(packages|repos|search|styleguide|login|account)?(?!.*(index\.yaml|theme=))/;
  const absent = facts.routes.includes('/login') ? [] : ['/login'];    // the frame links to it
  while (left.length && seen.size < LINKS_MAX) {
    const address = left.shift();
    if (seen.has(address) || absent.includes(address)) continue;
    const answer = await page.request.get(address);
    seen.set(address, answer.status());
    if (!inner.test(address) || !/html/.test(answer.headers()['content-type'])) continue;
    for (const [, link] of (await answer.text()).matchAll(/ href="(\/[^"#]*)/g))
      left.push(link.replaceAll('&amp;', '&'));
  }
  none([...seen].filter(([, status]) => status >= 400).map(([address, status]) => `${status} ${address}`), 'broken:');
});

await run();
