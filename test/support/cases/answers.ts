import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Case, Stage } from '../observe.ts';
import { OK, type Step, status } from '../server.ts';

const answered = (name: string, step: Step, init: object = {}): Case => ({
  name: `answer: ${name}`,
  args: ({ origin }) => [origin, init],
  script: () => [step],
});

const to = (code: number, location: string): Step => status(code, { location });

const redirected = (
  name: string,
  init: (stage: Stage) => object,
  ...script: readonly ((stage: Stage) => Step)[]
): Case => ({
  name: `redirect: ${name}`,
  args: stage => [`${stage.origin}/from`, init(stage)],
  script: stage => script.map(step => step(stage)),
});

const hop = (code: number) => () => to(code, '/to');
const then = () => OK;
const MODES = ['follow', 'manual', 'error'] as const;
const CODES = [301, 302, 303, 307, 308];
const form = () => {
  const made = new FormData();
  made.set('a', 'b');
  return made;
};
const sha = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** What servers answer, and redirects of all kinds. */
export const answers: readonly Case[] = [
  ...[200, 201, 202, 203, 205, 206, 300, 400, 401, 403, 404, 405, 408, 409, 410, 413, 418, 422, 425, 451, 499].map(
    code => answered(String(code), status(code)),
  ),
  answered('204', status(204)),
  answered('304', status(304, { etag: '"x"' })),
  answered('HEAD', { status: 200, headers: { 'content-length': '10' } }, { method: 'HEAD' }),
  answered('own status text', { status: 404, statusText: 'Nicht da', body: 'x' }),
  answered('unusual status', { status: 299, statusText: '', body: 'x' }),
  { ...answered('status 999', { status: 999, body: 'x' }), transient: true },
  answered('two cookies', { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'] }, body: 'x' }),
  answered('gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('packed') }),
  answered('broken gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'not packed' }),
  answered('no body', { status: 200, headers: { 'content-length': '0' } }),
  answered('bytes', { status: 200, body: Uint8Array.from({ length: 256 }, (_, index) => index) }),
  answered('charset', {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=latin1' },
    body: Buffer.from('é', 'latin1'),
  }),
  answered('body that breaks off', { status: 200, body: 'part', ending: 'reset' }),
  answered('body shorter than promised', {
    status: 200,
    headers: { 'content-length': '100' },
    body: 'part',
    ending: 'reset',
  }),
  answered('integrity that holds', { status: 200, body: 'sri' }, { integrity: sha('sri') }),
  answered('integrity that does not', { status: 200, body: 'other' }, { integrity: sha('sri') }),
  ...MODES.flatMap(redirect =>
    CODES.map(code => redirected(`${code} ${redirect}`, () => ({ redirect }), hop(code), then)),
  ),
  ...CODES.map(code => redirected(`${code} POST text`, () => ({ method: 'POST', body: 'text' }), hop(code), then)),
  ...CODES.map(code =>
    redirected(`${code} PUT blob`, () => ({ method: 'PUT', body: new Blob(['blob']) }), hop(code), then),
  ),
  redirected('307 POST form', () => ({ method: 'POST', body: form() }), hop(307), then),
  redirected('307 POST params', () => ({ method: 'POST', body: new URLSearchParams('a=b') }), hop(307), then),
  redirected(
    '307 POST stream',
    () => ({ method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }),
    hop(307),
    then,
  ),
  redirected(
    '302 POST stream',
    () => ({ method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }),
    hop(302),
    then,
  ),
  redirected(
    'to another origin',
    () => ({ headers: { authorization: 'Bearer x', 'x-a': '1' } }),
    ({ other }) => to(302, `${other}/there`),
  ),
  redirected(
    '307 POST to another origin',
    () => ({ method: 'POST', body: 'x' }),
    ({ other }) => to(307, `${other}/there`),
  ),
  redirected('loop', () => ({}), hop(302)),
  redirected(
    'without location',
    () => ({}),
    () => status(302),
  ),
  redirected(
    'to an unknown scheme',
    () => ({}),
    () => to(302, 'gopher://x'),
  ),
  redirected(
    'to an invalid URL',
    () => ({}),
    () => to(302, 'http://[bad'),
  ),
  redirected(
    'keeps the fragment',
    () => ({}),
    () => to(302, '/to#frag'),
    then,
  ),
  redirected(
    'to a data URL',
    () => ({}),
    () => to(302, 'data:,x'),
  ),
];
