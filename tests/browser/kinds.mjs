/* The kinds of pages there are: what shows one of each, and the addresses that are no page. */
import { facts } from './browser.mjs';

const CHART = '/packages/{repo~}/{name}', VERSION = `${CHART}/{version}`;
const SHOWN = '/packages/main/showcase', OF_VERSION = `${SHOWN}/2.0.0`;

const table = [    // name, its row in the program's table of addresses, an address that shows it, to whom
  ['home', '/', '/'],
  ['search', '/search', '/search?q=database'],
  ['search narrowed', '/search', '/search?q=e&repo=stable&type=application'],
  ['search corrected', '/search', '/search?q=shwocase'],
  ['search empty', '/search', '/search?q=zzzzqqqq'],
  ['repositories', '/repos', '/repos'],
  ['repository', '/repos/{repo}', '/repos/main'],
  ['outdated', '/outdated', '/outdated'],
  ['outdated of one', '/outdated', '/outdated?repo=main'],
  ['upstream', '/repos/{repo}', '/repos/elsewhere'],
  ['upstream with buttons', '/repos/{repo}', '/repos/elsewhere', 'root'],
  ['virtual repository', '/repos/{repo}', '/repos/all'],
  ['repository out of bundles', '/repos/{repo}', '/repos/carried'],
  ['chart out of a bundle', CHART, '/packages/carried/images'],
  ['chart of an upstream', CHART, '/packages/elsewhere/zebra'],
  ['chart', VERSION, OF_VERSION],
  ['chart to install', VERSION, `${OF_VERSION}#install`],
  ['chart of the newest', CHART, SHOWN],
  ['chart with a long name', CHART, '/packages/team-a~stable/a-chart-with-a-name-that-is-as-long-as-names-may-be-in-helm'],
  ['words without end', CHART, '/packages/main/words-without-end'],
  ['values without end', `${VERSION}/values`, '/packages/main/words-without-end/1.0.0/values'],
  ['files without end', `${VERSION}/templates`, '/packages/main/words-without-end/1.0.0/templates'],
  ['right to left', CHART, '/packages/main/right-to-left'],
  ['library', CHART, '/packages/main/common'],
  ['deprecated', CHART, '/packages/main/old'],
  ['values', `${VERSION}/values`, `${OF_VERSION}/values`],
  ['templates', `${VERSION}/templates`, `${OF_VERSION}/templates`],
  ['dependencies', `${VERSION}/dependencies`, `${OF_VERSION}/dependencies`],
  ['picture', `${VERSION}/dependencies`, '/packages/main/umbrella/1.0.0/dependencies'],
  ['versions', `${CHART}/versions`, `${SHOWN}/versions`],
  ['compare', `${CHART}/compare/{versions}`, `${SHOWN}/compare/1.0.0...2.0.0`],
  ['compare chosen', `${CHART}/compare`, `${SHOWN}/compare`],
  ['changelog', `${VERSION}/changelog`, `${OF_VERSION}/changelog`],
  ['upload', '/upload', '/upload?repo=main', 'root'],
  ['administration', '/admin', '/admin', 'root'],
  ['administered repositories', '/admin/repos', '/admin/repos', 'root'],
  ['administered repository', '/admin/repos/{repo~}', '/admin/repos/team-a~stable', 'root'],
  ['events', '/admin/events', '/admin/events', 'root'],
  ['login', '/login', '/login'],
  ['account', '/account', '/account', 'alice'],
  ['account of a long name', '/account', '/account', 'long'],
  ['account of a token', '/account', '/account', 'token'],
  ['users', '/admin/users', '/admin/users', 'root'],
  ['user', '/admin/users/{name}', '/admin/users/alice', 'root'],
  ['tokens', '/admin/tokens', '/admin/tokens', 'root'],
  ['webhooks', '/admin/hooks', '/admin/hooks', 'root'],
  ['webhook', '/admin/hooks/{name}', '/admin/hooks/team-chat', 'root'],
  ['styleguide', '/styleguide', '/styleguide'],
  ['not found', null, '/no/such/page/at/all'],
  ['no such version', VERSION, `${SHOWN}/9.9.9`],
];

/* What else answers as pages do. */
const notPages = [
  [/\/file$|^\/static\/|\.(ico|svg|png|xml|txt|md|atom|json|webmanifest)$|^\/(feed|badge)(\/|$)/, 'a file'],
  [/^\/(packages\/helm|charts)\/|^\/packages\/search$/, 'a redirect'],
];

const pattern = (address) => address?.replace(/\{[^}]*\}/g, '{}');
const there = new Set(facts.routes.map(pattern));

export const kinds = table.filter(([, route]) => !route || there.has(pattern(route)))
  .map(([name, , address, who]) => ({ name, address, session: facts.sessions?.[who] }));

/* Pages that the table above knows nothing of. */
export const unknown = facts.routes.filter((route) => !notPages.some(([which]) => which.test(route))
  && !table.some(([, known]) => pattern(known) === pattern(route)));

/* The pages there are of a version: [name, (address of the chart, version) → address]. Two versions are
   compared where both are given. */
export function partsOfVersion(older, newer) {
  const parts = ['', 'values', 'templates', 'dependencies', 'changelog'].map((part) => [`${VERSION}/${part}`.replace(/\/$/, ''),
    part || 'chart', (base, version) => `${base}/${encodeURIComponent(version)}/${part}`.replace(/\/$/, '')]);
  const versions = [`${CHART}/versions`, 'versions', (base) => `${base}/versions`];
  const compared = [`${CHART}/compare/{versions}`, 'compare', (base) => `${base}/compare/${older}...${newer}`];
  return [...parts, versions, ...newer ? [compared] : []].filter(([route]) => there.has(pattern(route)))
    .map(([, name, address]) => [name, address]);
}
