import { uuid } from './idempotency.ts';

const CLASSES = ['Blob', 'FormData', 'ReadableStream', 'URLSearchParams'] as const;

/** The name of its class, of this realm or another; older workerds give theirs no name. */
const tag = (value: unknown): string => {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return (name === 'Object' && CLASSES.find(each => value instanceof globalThis[each])) || name;
};

/**
 * The multipart form of a FormData, as a Blob: one boundary for every attempt, and files stay where they are until they
 * are sent.
 *
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export const multipart = (form: FormData): Blob => {
  const boundary = `----holdfast-${uuid()}`;
  const crlf = (value: string) => value.replace(/\r\n|\r|\n/g, '\r\n');
  const quote = (value: string) => value.replace(/[\r\n"]/g, encodeURIComponent);
  const parts: BlobPart[] = [];
  for (const [name, value] of form) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quote(crlf(name))}"`);
    if (typeof value === 'string') parts.push(`\r\n\r\n${crlf(value)}\r\n`);
    else {
      const type = value.type || 'application/octet-stream';
      parts.push(`; filename="${quote(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n');
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
};

/** Whether a body can be read only once. */
export const isOneShot = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && (Symbol.asyncIterator in body || tag(body) === 'ReadableStream');

/** Reads a body as fetch would, once, so that what the caller does with it later changes no attempt (rule 9). */
export const snapshotBody = (body: unknown): BodyInit => {
  const copy = (): unknown => {
    if (typeof body === 'symbol' || isOneShot(body)) return body;
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
    switch (tag(body)) {
      case 'Blob':
      case 'File':
        return body;
      case 'ArrayBuffer':
        return (body as ArrayBuffer).slice(0);
      case 'URLSearchParams':
        return new URLSearchParams(body as URLSearchParams);
      case 'FormData':
        return multipart(body as FormData);
      default:
        return `${body}`;
    }
  };
  return copy() as BodyInit;
};

/** How much of an unwanted body is read, and for how long, so that its connection can serve again (rule 7). */
const DRAIN_BYTES = 65_536;
const DRAIN_MS = 1_000;

/** Reads up to a small bound, then cancels. Ends at once when `signal` aborts; never rejects. */
export const drain = async (response: Response, signal: AbortSignal): Promise<void> => {
  if (!response.body || response.bodyUsed || response.body.locked) return;
  const reader = response.body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(cancel, DRAIN_MS);
  signal.addEventListener('abort', cancel);
  try {
    for (let left = DRAIN_BYTES; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.byteLength;
    }
  } catch {
    // A broken body is drained.
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    cancel();
  }
};
