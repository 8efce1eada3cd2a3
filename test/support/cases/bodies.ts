import { Readable } from 'node:stream';
import type { Case } from '../observe.ts';

const post = (name: string, body: () => unknown, init: object = {}): Case => ({
  name: `body: ${name}`,
  args: ({ origin }) => [`${origin}/body`, { method: 'POST', body: body(), ...init }],
});

const form = (...entries: readonly (readonly [name: string, value: string | Blob, filename?: string])[]): FormData => {
  const made = new FormData();
  for (const [name, value, filename] of entries) {
    if (typeof value === 'string') made.append(name, value);
    else if (filename === undefined) made.append(name, value);
    else made.append(name, value, filename);
  }
  return made;
};

async function* pieces() {
  yield new TextEncoder().encode('one ');
  yield new TextEncoder().encode('two');
}

const bytes = () => Uint8Array.from({ length: 256 }, (_, index) => index);
const stream = () => new Blob(['streamed ', 'body']).stream();
const half = { duplex: 'half' };

/** Every kind of body, and what is no body. */
export const bodies: readonly Case[] = [
  post('string', () => 'héllo ✓'),
  post('empty string', () => ''),
  post('lone surrogate', () => '\ud800x'),
  post('null', () => null),
  post('undefined', () => undefined),
  post('number', () => 42),
  post('zero', () => 0),
  post('false', () => false),
  post('plain object', () => ({ a: 1 })),
  post('object with toString', () => ({ toString: () => 'said so' })),
  post('String object', () => new String('boxed')),
  post('array', () => [1, 2]),
  post('symbol', () => Symbol('s')),
  post('toString that throws', () => ({
    toString: () => {
      throw new RangeError('mine');
    },
  })),
  post('URLSearchParams', () => new URLSearchParams({ 'a b': 'ü&=', c: '' })),
  post('empty URLSearchParams', () => new URLSearchParams()),
  post('URLSearchParams with own type', () => new URLSearchParams('a=1'), { headers: { 'Content-Type': 'text/own' } }),
  post('Blob', () => new Blob(['blob'], { type: 'Text/Odd; A=B' })),
  post('Blob without type', () => new Blob(['blob'])),
  post('empty Blob', () => new Blob([])),
  post('File', () => new File([bytes()], 'a.bin', { type: 'application/x-bin' })),
  post('ArrayBuffer', () => bytes().buffer),
  post('empty ArrayBuffer', () => new ArrayBuffer(0)),
  post('Uint8Array', bytes),
  post('subarray view', () => bytes().subarray(10, 20)),
  post('Uint16Array at an offset', () => new Uint16Array(bytes().buffer, 2, 5)),
  post('DataView', () => new DataView(bytes().buffer, 100, 7)),
  post('Buffer', () => Buffer.from('buffer')),
  post('FormData', () => form(['a', '1'], ['a', '2'], ['ü', 'é\nü'])),
  post('empty FormData', () => form()),
  post('FormData with files', () =>
    form(
      ['f', new File(['x'], 'f.txt', { type: 'text/plain' })],
      ['g', new Blob(['y'])],
      ['h', new Blob(['z']), 'h.z'],
    ),
  ),
  post('FormData with odd names', () =>
    form(['q"uote', 'a"b'], ['line\r\nfeed\n', 'x\ny\rz'], ['f', new Blob(['1']), 'na"me\r\n.txt'], ['', '']),
  ),
  post('FormData with own type', () => form(['a', '1']), { headers: { 'content-type': 'multipart/own' } }),
  post('ReadableStream', stream, half),
  post('byte stream', () => new Blob([bytes()]).stream(), half),
  post('stream without duplex', stream),
  post('stream that fails', () => new ReadableStream({ pull: c => c.error(new RangeError('mine')) }), half),
  post('stream with keepalive', stream, { ...half, keepalive: true }),
  post(
    'locked stream',
    () => {
      const locked = stream();
      locked.getReader();
      return locked;
    },
    half,
  ),
  post('async iterable', pieces, half),
  post('async iterable without duplex', pieces),
  post('node stream', () => Readable.from([Buffer.from('node')]), half),
  { name: 'body on GET', args: ({ origin }) => [origin, { body: 'x' }] },
  { name: 'body on HEAD', args: ({ origin }) => [origin, { method: 'HEAD', body: 'x' }] },
  { name: 'empty body on GET', args: ({ origin }) => [origin, { body: '' }] },
  { name: 'null body on GET', args: ({ origin }) => [origin, { body: null }] },
];
