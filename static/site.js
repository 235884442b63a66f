/* What pages do beyond HTML. Everything works without it: it only looks for attributes that pages set
   (static/README.md has the list), one part below for each.
   Long because a page loads one script, of parts that know nothing of each other. */

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const home = document.querySelector('.brand')?.pathname ?? '/';

/* Storage may be switched off; then nothing is remembered. */
const remember = (name, value) => { try { localStorage.setItem(name, value) } catch { /* so be it */ } };
const recall = (name) => { try { return localStorage.getItem(name) } catch { return null } };

/* ---- what a screen reader is told without moving ---- */

const live = element('div', { className: 'hidden' });
live.setAttribute('role', 'status');
document.body.append(live);
const tell = (text) => {
  live.textContent = '';
  setTimeout(() => { live.textContent = text }, 60);
};

/* ---- theme: the server reads the cookie for the next page ---- */

const root = document.documentElement;

function setTheme(name) {
  if (name === 'system') delete root.dataset.theme;
  else root.dataset.theme = name;
  document.cookie = `theme=${name}; path=${home}; max-age=31536000; samesite=lax`;
  const here = new URL(location);
  if (here.searchParams.has('theme')) {    // or the page would have that one again when it is loaded anew
    here.searchParams.delete('theme');
    history.replaceState(history.state, '', here);
  }
  for (const link of all('[data-theme-choice]')) {
    if (link.dataset.themeChoice === name) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  tell(`Theme: ${name}`);
}

function switchTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  setTheme(dark ? 'light' : 'dark');
}

for (const link of all('[data-theme-choice]'))
  link.addEventListener('click', (event) => {
    event.preventDefault();
    setTheme(link.dataset.themeChoice);
  });

/* ---- keys ---- */

const keys = [
  ['/', 'Search', () => all('.search input').pop()?.focus()],
  ['g h', 'Home', () => location.assign(home)],
  ['t', 'Light or dark', switchTheme],
  ['?', 'This list', showKeys],
];
let before = '', beforeAt = 0;

function showKeys() {
  const use = element('input', { type: 'checkbox', checked: recall('keys') !== 'off' });
  const list = element('dl', { className: 'keys' }, ...keys.map(([key, what]) =>
    element('div', {}, element('dt', { textContent: what }),
      element('dd', {}, ...key.split(' ').map((one) => element('kbd', { textContent: one }))))));
  const title = element('h2', { textContent: 'Keys', id: 'keys-title' });
  const dialog = element('dialog', {}, title, list,
    element('p', {}, element('label', { className: 'check' }, use, 'Use these keys')),
    element('form', { method: 'dialog', className: 'actions' },
      element('button', { textContent: 'Close', autofocus: true })));
  dialog.setAttribute('aria-labelledby', title.id);
  use.addEventListener('change', () => remember('keys', use.checked ? 'on' : 'off'));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close() });
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, select, [contenteditable], dialog');
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (recall('keys') === 'off' && event.key !== '?') return;
  const pair = event.timeStamp - beforeAt < 1000 ? `${before} ${event.key}` : '';
  const found = keys.find(([key]) => key === pair) ?? keys.find(([key]) => key === event.key);
  before = event.key;
  beforeAt = event.timeStamp;
  if (!found) return;
  event.preventDefault();
  found[2]();
});

/* ---- copying: the clipboard is there over TLS alone; code of a README has buttons too ---- */

const copyIcon = document.querySelector('.copy svg');
for (const pre of all('.prose pre')) {
  const button = element('button', { className: 'copy', type: 'button' }, ...copyIcon ? [copyIcon.cloneNode(true)] : [], 'Copy');
  const box = element('div', { className: 'code' });
  button.dataset.copy = '';
  pre.replaceWith(box);
  box.append(button, pre);
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = element('textarea', { value: text, className: 'hidden' });
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('refused');
}

function copyOnClick(button) {
  const label = button.lastChild, word = label.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const text = button.dataset.copy || button.closest('.code')?.querySelector('code')?.textContent;
    let said = 'Copied';
    try { await copyText(text ?? '') } catch { said = 'Not copied' }
    label.textContent = said;
    button.toggleAttribute('data-copied', said === 'Copied');
    button.focus();
    tell(said);
    clearTimeout(timer);
    timer = setTimeout(() => {
      label.textContent = word;
      button.removeAttribute('data-copied');
    }, 2000);
  });
}
all('[data-copy]').forEach(copyOnClick);

/* ---- filters of tables: a row that matches keeps its parents ---- */

const depthOf = (row) => Number(/\bdepth-(\d+)/.exec(row.className)?.[1] ?? 0);

function filterRows(rows, words) {
  const shown = new Set(), parents = [];
  let count = 0, table = null;
  for (const row of rows) {
    if (row.table !== table) parents.length = 0;
    table = row.table;
    parents.length = Math.min(parents.length, row.depth);
    parents[row.depth] = row.element;
    if (!words.every((word) => row.text.includes(word))) continue;
    count++;
    for (const parent of parents) if (parent) shown.add(parent);
  }
  for (const row of rows) row.element.hidden = !shown.has(row.element);
  return count;
}

for (const input of all('[data-filter]')) {
  const box = document.getElementById(input.dataset.filter);
  const said = input.closest('.filter')?.querySelector('[data-filter-count]');
  let rows, opened = [];
  if (!box || input.defaultValue) continue;    // the server has filtered: Enter asks it again
  const part = document.querySelector('.pager') ? ' on this page; Enter looks through all' : '';
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows ??= all('tbody tr', box).map((row) => ({
      element: row, table: row.closest('table'), depth: depthOf(row),
      text: `${row.id} ${row.textContent}`.toLowerCase(),
    }));
    const count = filterRows(rows, words);
    for (const details of opened) details.open = false;
    opened = words.length ? all('details:not([open])', box).filter((one) => one.querySelector('tbody tr:not([hidden])')) : [];
    for (const details of opened) details.open = true;
    if (said) said.textContent = words.length ? `${count} of ${rows.length}${part}` : '';
  };
  input.addEventListener('input', apply);
  addEventListener('pageshow', () => input.value && apply());    // back again: browsers keep what was typed
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !input.value) return;
    event.preventDefault();
    input.value = '';
    apply();
  });
}

/* ---- tabs: of those that scroll, the one that is shown is seen ---- */

function seeTab(tab) {
  const list = tab.closest('.tabs'), at = tab.getBoundingClientRect(), box = list.getBoundingClientRect();
  list.scrollLeft += at.left - box.left - (box.width - at.width) / 2;
}
all('.tabs [aria-current]').forEach(seeTab);

/* ---- tabs of sections ---- */

for (const [at, box] of all('[data-tabs]').entries()) {
  const panels = [...box.children].filter((one) => one.localName === 'section');
  if (panels.length < 2) continue;
  const list = element('div', { className: 'tabs' });
  list.setAttribute('role', 'tablist');
  const tabs = panels.map((panel, i) => {
    const tab = element('button', { type: 'button', id: `tab-${at}-${i}` });
    tab.textContent = panel.querySelector('h2, h3, h4')?.textContent ?? '';
    tab.setAttribute('role', 'tab');
    panel.id ||= `panel-${at}-${i}`;
    tab.setAttribute('aria-controls', panel.id);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    return tab;
  });
  const choose = (chosen) => tabs.forEach((tab, i) => {
    tab.setAttribute('aria-selected', String(i === chosen));
    tab.tabIndex = i === chosen ? 0 : -1;
    panels[i].hidden = i !== chosen;
  });
  list.append(...tabs);
  panels[0].before(list);
  choose(Math.max(0, tabs.findIndex((tab) => tab.textContent === recall('tab'))));
  seeTab(list.querySelector('[aria-selected=true]'));
  list.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (!tab) return;
    choose(tabs.indexOf(tab));
    remember('tab', tab.textContent);
  });
  list.addEventListener('keydown', (event) => {
    const now = tabs.indexOf(document.activeElement), last = tabs.length - 1;
    const to = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now ? now - 1 : last, Home: 0, End: last }[event.key];
    if (to === undefined || now < 0) return;
    event.preventDefault();
    tabs[to].focus();
    tabs[to].click();
  });
}

/* ---- fields that fill the commands beside them: <var data-slot="release"> ---- */

for (const box of all('[data-fill]')) {
  const slots = all('[data-slot]', box.parentElement);
  for (const input of all('input', box)) {
    const usual = input.defaultValue;
    input.addEventListener('input', () => {
      const value = input.value.trim() || usual, fine = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value);
      input.setAttribute('aria-invalid', String(!fine));
      if (fine)
        for (const slot of slots)
          if (slot.dataset.slot === input.name) slot.textContent = value;
    });
  }
}

/* ---- a form that came back: to the first field that is wrong, when the browser is at its place ---- */

addEventListener('load', () => setTimeout(() => {
  document.querySelector('form[method=post] [aria-invalid=true]')?.focus();
}));

/* ---- a form is sent once, however often one clicks: a second answer would hide the first, and what it shows once ---- */

const PATIENCE = 10_000;                     // then something went wrong on the way

for (const form of all('form[method=post]:not([data-upload])')) {
  let sentAt = -PATIENCE;
  form.addEventListener('submit', (event) => {
    if (event.timeStamp - sentAt < PATIENCE) event.preventDefault();
    else sentAt = event.timeStamp;
  });
  addEventListener('pageshow', () => { sentAt = -PATIENCE });
}

/* ---- forms that need no button ---- */

const session = (name, value) => {
  try {
    if (value !== undefined) sessionStorage.setItem(name, value);
    return sessionStorage.getItem(name);
  } catch { return null }
};

for (const form of all('[data-submit-on-change]')) {
  const nameOf = (field) => `${field.name}=${field.value}`;
  form.setAttribute('aria-description', 'The list changes at once.');
  for (const button of all('button:not([name])', form)) button.classList.add('hidden');
  form.addEventListener('change', (event) => {
    session('changed', nameOf(event.target));
    form.requestSubmit();
  });
  addEventListener('pageshow', (event) => event.persisted && form.reset());    // back again: as the list is
  const changed = session('changed');
  if (changed) [...form.elements].find((field) => nameOf(field) === changed)?.focus({ preventScroll: true });
  session('changed', '');
}

/* ---- menus close when one goes on ---- */

const closeMenus = (but) => {
  for (const menu of all('.menu[open]')) if (menu !== but) menu.open = false;
};
document.addEventListener('click', (event) => closeMenus(event.target.closest('.menu')));
document.addEventListener('keydown', (event) => {
  const menu = event.key === 'Escape' && document.querySelector('.menu[open]');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});

/* ---- suggestions while one types (the combobox of ARIA's authoring practices) ---- */

const SHORTEST = 2, WAIT = 120;

function suggest(input) {
  const list = element('ul', { className: 'suggestions', id: `${input.id}-list`, hidden: true });
  const known = new Map();
  let timer, asking, options = [], active = -1;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Suggestions');
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id }))
    input.setAttribute(name, value);
  input.form.append(list);

  const activate = (to) => {
    active = to;
    options.forEach((option, i) => option.setAttribute('aria-selected', String(i === to)));
    if (to < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', options[to].id);
    options[to]?.scrollIntoView({ block: 'nearest' });
  };
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    if (!open) activate(-1);
  };
  const go = (option) => location.assign(option.dataset.link);
  const fill = (found) => {
    options = found.map((chart, i) => {
      const option = element('li', { id: `${list.id}-${i}` }, element('b', { textContent: chart.name }), ' ',
        element('span', { textContent: `${chart.repo} ${chart.version ?? ''}` }), ' ',
        element('small', { dir: 'auto', textContent: chart.description ?? '' }));
      option.setAttribute('role', 'option');
      option.dataset.link = `${home}packages/${encodeURIComponent(chart.repo.replace('/', '~'))}/${encodeURIComponent(chart.name)}`;
      return option;
    });
    list.replaceChildren(...options);
    activate(-1);
    show(options.length > 0);
    tell(options.length ? `${options.length} suggestions` : 'No suggestions');
  };
  const ask = async (text) => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = known.get(text) ?? await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: asking.signal })
        .then((response) => response.ok ? response.json() : Promise.reject(response));
      known.set(text, answer);
      if (document.activeElement === input && input.value.trim() === text) fill(answer.suggestions);
    } catch { /* the next letter asks again */ }
  };

  input.addEventListener('input', () => {
    const text = input.value.trim();
    clearTimeout(timer);
    activate(-1);                            // it was chosen for what stood there before
    if (text.length < SHORTEST) show(false);
    else timer = setTimeout(ask, WAIT, text);
  });
  input.addEventListener('keydown', (event) => {
    const n = options.length, open = !list.hidden;
    if (event.isComposing) return;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && n) {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const to = open ? active + step : step > 0 ? 0 : n - 1;
      show(true);
      activate(to >= n ? -1 : to < -1 ? n - 1 : to);
    } else if (event.key === 'Enter' && open && active >= 0) {
      event.preventDefault();
      go(options[active]);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      show(false);
    }
  });
  input.addEventListener('blur', () => show(false));
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('li');
    if (option) go(option);
  });
}

all('input[data-suggest]').forEach(suggest);

/* ---- uploads: files are dropped or chosen, and each is sent by itself, so that one sees how far it is ---- */

const sendForm = (form, data, progress) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  request.open('POST', form.action);
  request.responseType = 'document';
  request.upload.addEventListener('progress', ({ loaded, total }) => { progress.value = loaded / total });
  request.upload.addEventListener('load', () => progress.removeAttribute('value'));
  request.addEventListener('loadend', () => resolve(request.response));
  request.send(data);
});

function said(answer, verdicts, name) {
  const items = answer ? all(`#${verdicts.id} > li`, answer) : [];
  if (items.length) return items.map((one) => document.importNode(one, true));
  const why = answer?.querySelector('main .notice, main .lead, main h1')?.textContent;
  return [element('li', {}, element('h3', {}, element('span', { className: 'mark bad', textContent: 'refused' }), ` ${name}`),
    element('p', { textContent: why ?? 'The connection ended before there was an answer: the file may be too large.' }))];
}

for (const form of all('form[data-upload]')) {
  const input = form.querySelector('[type=file]'), box = input.parentElement, chosen = form.querySelector('[data-chosen]');
  const verdicts = document.getElementById(form.dataset.upload);
  const show = () => {
    chosen.replaceChildren(...[...input.files].map((file) => element('li', { textContent: file.name })));
    chosen.hidden = input.files.length < 2;
  };
  const over = (event) => {
    if (event.type === 'dragover' || event.type === 'drop') event.preventDefault();
    box.toggleAttribute('data-over', event.type === 'dragover');
  };
  for (const type of ['dragover', 'dragleave', 'drop']) box.addEventListener(type, over);
  box.addEventListener('drop', (event) => {
    input.files = event.dataTransfer.files;
    show();
  });
  input.addEventListener('change', show);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const files = [...input.files], ofArchive = (file, archive) => file.name === `${archive.name}.prov`;
    const sets = files.filter((file) => !files.some((other) => ofArchive(file, other)))
      .map((file) => [file, ...files.filter((other) => ofArchive(other, file))]);
    const buttons = all('button', form), data = new FormData(form, event.submitter);
    for (const button of buttons) button.disabled = true;
    verdicts.closest('section').hidden = false;
    verdicts.replaceChildren();
    for (const set of sets) {
      const progress = element('progress', { max: 1, value: 0, ariaLabel: `Sending ${set[0].name}` });
      const item = element('li', {}, element('h3', { textContent: set[0].name }), progress);
      verdicts.append(item);
      data.delete(input.name);
      for (const file of set) data.append(input.name, file);
      item.replaceWith(...said(await sendForm(form, data, progress), verdicts, set[0].name));
    }
    for (const button of buttons) button.disabled = false;
    for (const button of all('[data-copy]', verdicts)) copyOnClick(button);
    tell(all('h3', verdicts).map((one) => one.textContent.trim()).join(', '));
  });
}
