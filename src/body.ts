import { uuid } from './options.ts';

/** The name of its class, of this realm or another; older workerds give theirs no name. */
const tag = (value: unknown): string => {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const CLASSES = ['Blob', 'FormData', 'URLSearchParams'] as const;
  return (name === 'Object' && CLASSES.find(each => value instanceof globalThis[each])) || name;
};

/**
 * The multipart form of a FormData, as a Blob: one boundary for every attempt, and files stay where they are until they
 * are sent. Nothing where it is of another make, or holds files that are: the platform would not read them.
 *
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export const multipart = (form: FormData): Blob | undefined => {
  if (typeof form[Symbol.iterator] !== 'function') return undefined;
  const boundary = `----holdfast-${uuid()}`;
  const crlf = (value: string) => value.replace(/\r\n|\r|\n/g, '\r\n');
  const quote = (value: string) => value.replace(/[\r\n"]/g, encodeURIComponent);
  const parts: BlobPart[] = [];
  for (const [name, value] of form) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quote(crlf(name))}"`);
    if (typeof value === 'string') parts.push(`\r\n\r\n${crlf(value)}\r\n`);
    else if (value instanceof Blob) {
      const type = value.type || 'application/octet-stream';
      parts.push(`; filename="${quote(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n');
    } else return undefined;
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
};

/** Whether a body flows past once: a stream of the Web or of Node, an async iterable. */
export const isStream = (body: object): boolean =>
  Symbol.asyncIterator in body || 'getReader' in body || 'pipe' in body;

/**
 * Reads a body as fetch would, once, so that what the caller does with it later changes no attempt. Nothing where it can be
 * read only once, or by its own make alone: then it is sent as it is, and not again.
 *
 * @throws what its own `toString` throws
 */
export const snapshot = (body: unknown): BodyInit | undefined => {
  if (typeof body === 'symbol') return undefined;
  if (Object(body) !== body) return `${body}`;
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  if (isStream(body as object)) return undefined;
  switch (tag(body)) {
    case 'Blob':
    case 'File':
      return body as Blob;
    case 'ArrayBuffer':
      return (body as ArrayBuffer).slice(0);
    case 'URLSearchParams':
      return new URLSearchParams(body as URLSearchParams);
    case 'FormData':
      return multipart(body as FormData);
    default: {
      const text = `${body}`;
      return text.startsWith('[object ') ? undefined : text;
    }
  }
};

/** How much of an unwanted body is read, and for how long, so that its connection can serve again. */
const DRAIN_BYTES = 65_536;
const DRAIN_MS = 1_000;

/** Reads an unwanted body up to a small bound, then cancels it. @returns what ends that at once; nothing rejects */
export const drain = ({ body }: Response): (() => void) => {
  if (typeof body?.getReader !== 'function') {
    // Of another make: a stream of Node's is let go.
    (body as { destroy?(): void } | null | undefined)?.destroy?.();
    return () => {};
  }
  if (body.locked) return () => {};
  const reader = body.getReader();
  const timer = setTimeout(() => cancel(), DRAIN_MS);
  const cancel = (): void => {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  };
  const read = (left: number): void => {
    reader.read().then(({ done, value }) => {
      if (done) clearTimeout(timer);
      else if (value.byteLength < left) read(left - value.byteLength);
      else cancel();
    }, cancel);
  };
  read(DRAIN_BYTES);
  return cancel;
};
