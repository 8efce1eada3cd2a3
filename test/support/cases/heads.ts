import { Headers as UndiciHeaders } from 'undici';
import type { Case } from '../observe.ts';

const get = (name: string, headers: () => unknown, method = 'GET'): Case => ({
  name: `headers: ${name}, ${method}`,
  args: ({ origin }) => [`${origin}/headers`, { method, headers: headers() }],
});

function* pairs() {
  yield ['X-One', '1'];
  yield ['x-two', '2'];
}

class Custom {
  'X-Class' = 'own';
}

const forms: readonly (readonly [name: string, make: () => unknown])[] = [
  ['record', () => ({ 'X-MiXed': 'Case', accept: 'text/x', 'X-Empty': '' })],
  ['record without prototype', () => Object.assign(Object.create(null), { 'X-A': '1' })],
  ['record with numbers', () => ({ 'X-N': 1, 'X-U': undefined })],
  ['Headers', () => new Headers({ 'X-A': '1', accept: 'text/y' })],
  [
    'pairs',
    () => [
      ['X-A', '1'],
      ['x-a', '2'],
      ['Accept', 'text/z'],
    ],
  ],
  ['Map', () => new Map([['X-Map', '1']])],
  ['generator', pairs],
  ['pairs that are iterables', () => [new Set(['X-Set', '1'])]],
  ['URLSearchParams', () => new URLSearchParams('X-P=1')],
  ['own class', () => new Custom()],
  ['Headers of undici', () => new UndiciHeaders({ 'X-U': '1' })],
  ['own key', () => ({ 'IDEMPOTENCY-key': 'mine' })],
  ['own key in pairs', () => [['idempotency-Key', 'mine']]],
  [
    'own key in a generator',
    function* () {
      yield ['Idempotency-Key', 'mine'];
    },
  ],
  ['empty', () => ({})],
  ['null', () => null],
  ['a string', () => 'x: y'],
  ['a number', () => 1],
  ['bad name', () => ({ 'bad name': 'x' })],
  ['bad value', () => ({ 'x-bad': 'a\nb' })],
  ['value beyond latin1', () => ({ 'x-bad': '✓' })],
  ['latin1 value', () => ({ 'x-latin': 'é' })],
  ['pair too long', () => [['a', 'b', 'c']]],
  ['pair that is none', () => [1]],
  ['twice in other case', () => ({ 'X-Twice': '1', 'x-twice': '2' })],
  ['whitespace around', () => ({ 'x-space': '  a  ' })],
  ['forbidden elsewhere', () => ({ host: 'other.test', 'user-agent': 'me', cookie: 'a=b', referer: 'x' })],
  ['broken content-length', () => ({ 'content-length': '5' })],
  ['transfer-encoding', () => ({ 'transfer-encoding': 'chunked' })],
];

const methods = ['get', 'head', 'post', 'put', 'delete', 'options', 'PATCH', 'patch', 'query', 'QUERY', 'Custom'];
const wrong = ['CONNECT', 'trace', 'TRACK', 'bad method', '', 'ü'];

/** Header forms, with a key to be added and without; methods. */
export const heads: readonly Case[] = [
  ...forms.map(([name, make]) => get(name, make)),
  ...forms.map(([name, make]) => get(name, make, 'POST')),
  ...methods.map(method => ({
    name: `method ${method}`,
    args: ({ origin }: { origin: string }) => [origin, { method }] as const,
  })),
  ...wrong.map(method => ({
    name: `method '${method}' refused`,
    args: ({ origin }: { origin: string }) => [origin, { method }] as const,
  })),
  { name: 'method null', args: ({ origin }) => [origin, { method: null }] },
  { name: 'method an object', args: ({ origin }) => [origin, { method: { toString: () => 'put' } }] },
  { name: 'patch with a body', args: ({ origin }) => [origin, { method: 'patch', body: 'x' }] },
];
