import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masker } from '../../src/errors/mask.ts';

const KEY = 'sk_live_51Hx7aZ';

/** What a secret may look like in somebody's words. */
const FORMS: Record<string, (secret: string) => string> = {
  plain: secret => secret,
  percent: encodeURIComponent,
  form: secret => new URLSearchParams([['a', secret]]).toString().slice(2),
  JSON: secret => JSON.stringify(secret).slice(1, -1),
  'upper case': secret => secret.replace(/[a-z]/g, letter => letter.toUpperCase()),
};

/** Every run of eight characters of the secret that this text still shows, in any case. */
const shown = (text: string, secret: string): string[] =>
  Array.from({ length: Math.max(0, secret.length - 7) }, (_, at) => secret.slice(at, at + 8)).filter(run =>
    text.toLowerCase().includes(run.toLowerCase()),
  );

describe('what a server says back', () => {
  const mask = masker({
    url: `https://user:pass-of-user@api.test/v1/things?api_key=${KEY}&page=2&empty=&${'bare'.repeat(3)}&to=https://shop.test/cart`,
    headers: {
      Authorization: `Bearer ${KEY}2`,
      Cookie: 'sid=abc123; theme=dark-mode-please',
      'X-Tenant': 'acme',
      'User-Agent': 'a-good-agent/1.0',
      Accept: 'application/json',
      'Accept-Language': 'de-DE,de;q=0.9',
      'Content-Type': 'application/json',
    },
  });

  it.each([
    ["Fastify's 404", `Route GET:/v1/things?api_key=${KEY}&page=2 not found`, 'Route GET:/v1/things?api_key=***&page=*** not found'],
    ["API Gateway's 403", `Invalid key=value pair in Authorization header: 'Bearer ${KEY}2'.`, "Invalid key=value pair in Authorization header: '***'."],
    ['without its scheme', `token ${KEY}2 has expired`, 'token *** has expired'],
    ['cut', `token ${KEY.slice(0, 8)}… has expired`, 'token ***… has expired'],
    ['too short to be told from a word', `${KEY.slice(0, 7)} is a live key`, `${KEY.slice(0, 7)} is a live key`],
    ['twice', `${KEY}, ${KEY}`, '***, ***'],
    ['a number that is short', 'page 2 of 2, 2 of 2 things', 'page 2 of 2, 2 of 2 things'],
    ['a short one with its name', 'page=2 sid=abc123; x-tenant: acme, "X-Tenant":"acme"', 'page=*** sid=***; x-tenant: ***, "X-Tenant":"***"'],
    ['another with that name', 'page=20 page=21', 'page=20 page=21'],
    ['userinfo', 'no such user: pass-of-user', 'no such user: ***'],
    ['userinfo, as a header', `Basic ${btoa('user:pass-of-user')}`, 'Basic ***'],
    ['a name in the query that may be the secret', `unknown parameter ${'bare'.repeat(3)}`, 'unknown parameter ***'],
    ['addresses of its own', 'see https://docs.test/errors', 'see https://docs.test/errors'],
    ['a cookie', 'theme dark-mode-please is unknown', 'theme *** is unknown'],
    ['what is no secret', 'a-good-agent/1.0 wants application/json, de-DE,de;q=0.9', 'a-good-agent/1.0 wants application/json, de-DE,de;q=0.9'],
    ['nothing', '', ''],
  ])('%s', (_, text, masked) => expect(mask(text)).toBe(masked)); // biome-ignore format: a table

  it('of basic authentication: encoded, and each of the two', () => {
    const basic = btoa('customer:correct horse:battery');
    const masked = masker({ url: 'https://api.test/', headers: { authorization: `Basic ${basic}` } });
    expect(masked(`${basic} is customer with correct horse:battery`)).toBe('*** is *** with ***');
    expect(masked('wrong password: battery')).toBe('wrong password: battery');
    expect(masked(basic.slice(3, 11))).toBe('***');
  });

  it('of where it was redirected to', () => {
    const masked = masker({ url: '/things' }, 'https://files.test/a?X-Amz-Signature=0123456789abcdef');
    expect(masked('0123456789abcdef does not match')).toBe('*** does not match');
  });

  it('of what is no request it leaves', () => {
    for (const sent of [{ url: 'http://[' }, { url: '', headers: { 'not a name': 'x' } as HeadersInit }])
      expect(masker(sent)('as it is')).toBe('as it is');
  });

  it('in any form and any cut, shows no eight characters of it', () => {
    const secrets = fc.string({ unit: 'binary', minLength: 8, maxLength: 40 }).filter(text => text.isWellFormed());
    const places = fc.constantFrom('query', 'authorization', 'cookie', 'basic');
    const property = fc.property(secrets, places, fc.constantFrom(...Object.keys(FORMS)), fc.nat(), fc.nat(), fc.string(), (any, place, form, from, length, around) => {
      // A header holds no other, and a number in a query is one that is spelt out.
      const secret = place === 'query' ? any : encodeURIComponent(any);
      const headers = { query: {}, authorization: { authorization: `Bearer ${secret}` }, cookie: { cookie: `a=b; sid=${secret}` }, basic: { authorization: `Basic ${btoa(`u:${encodeURIComponent(any)}`)}` } }[place];
      const said = FORMS[form]!(secret);
      const at = from % Math.max(1, said.length - 7);
      const cut = said.slice(at, at + 8 + (length % said.length));
      const text = masker({ url: `http://x.test/?token=${place === 'query' ? encodeURIComponent(secret) : ''}`, headers: headers as HeadersInit })(`${around}|${cut}|${around}`);
      expect(shown(text, cut)).toEqual([]);
      if (shown(around, said).length === 0) expect(text).toContain('***');
    });
    fc.assert(property, { numRuns: 1_000 });
  }); // biome-ignore format: one step a line

  it('is done at once with a long request and hostile text', () => {
    const url = `http://x.test/?${'a=1&b='.repeat(2_000)}${'x'.repeat(8_000)}`;
    const started = performance.now();
    const text = masker({ url, headers: { 'x-long': 'ab'.repeat(8_000) } })('ab'.repeat(600));
    expect(text).toBe('***');
    expect(performance.now() - started).toBeLessThan(500);
  });
});
