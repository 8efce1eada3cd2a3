import { createHash } from 'node:crypto';
import type { Answer, Problem, Service } from './problems.ts';

/** A request as the store needs it, body read. */
export interface Received {
  readonly service: Service;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Last part of `/items/{id}`, if there is one. */
  readonly id: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
  /** The id the client chose for its write: `ref-…`, wherever in path or body it stands. */
  readonly ref: string;
}

/** A write that took effect. */
export interface Write {
  readonly method: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const parsed = ({ contentType, body }: Received): Record<string, unknown> | undefined => {
  if (!contentType.startsWith('application/json')) return {};
  try {
    return Object(JSON.parse(body.toString()));
  } catch {
    return undefined;
  }
};

/** What the services hold, and every write that took effect, by the client's id: the truth the demo counts from. */
export const createStore = () => {
  const resources = new Set<string>();
  const writes = new Map<string, Write[]>();
  let last = 0;

  /** Applies a request: an answer, or why there is none. */
  const apply = (request: Received): Answer | readonly [Problem, param?: string] => {
    const { service, method, contentType, body, ref } = request;
    if (method === 'GET') return resources.has(request.id ?? '') ? view(service, 200, request.id!) : ['unknown'];
    const fields = parsed(request);
    if (!fields) return ['malformed'];
    if (method === 'POST' && contentType.startsWith('application/json') && fields.name === undefined)
      return ['missing', 'name'];
    if ((method === 'PATCH' || method === 'DELETE') && !resources.has(request.id ?? '')) return ['unknown'];
    const id = request.id ?? `item_${++last}`;
    if (method === 'DELETE') resources.delete(id);
    else resources.add(id);
    writes.set(ref, [...(writes.get(ref) ?? []), { method, contentType, body }]);
    return view(service, method === 'POST' ? 201 : 200, id);
  };

  return { resources, writes, apply };
};

const view = (service: Service, status: number, id: string): Answer => ({
  status,
  body: service === 'drive' ? { success: true, data: { id } } : { id },
});

/** What became of an idempotency key. */
interface Entry {
  readonly fingerprint: string;
  answer: Answer | undefined;
}

const fingerprintOf = ({ method, path, contentType, body }: Received): string =>
  createHash('sha256').update(`${method} ${path}\n${contentType}\n`).update(body).digest('base64');

/** A key's first request, a conflict, or the answer that the first request was given. */
export type Claim =
  | { readonly kind: 'first'; settle(answer: Answer | undefined): void }
  | { readonly kind: 'conflict'; readonly problem: Problem }
  | { readonly kind: 'replay'; readonly answer: Answer };

/**
 * Idempotency keys as deployed APIs keep them: one fingerprint and one stored success a key.
 *
 * @see draft-ietf-httpapi-idempotency-key-header-07 §2
 */
export const createKeys = () => {
  const entries = new Map<string, Entry>();
  return (key: string, request: Received): Claim => {
    const fingerprint = fingerprintOf(request);
    const known = entries.get(key);
    if (known && known.fingerprint !== fingerprint) return { kind: 'conflict', problem: 'other-payload' };
    if (known && !known.answer) return { kind: 'conflict', problem: 'running' };
    if (known?.answer) {
      const { status, body } = known.answer;
      return { kind: 'replay', answer: { status, body, headers: { 'idempotent-replayed': 'true' } } };
    }
    const entry: Entry = { fingerprint, answer: undefined };
    entries.set(key, entry);
    // A refusal is not stored: the client may put right what was wrong and use the key again.
    return {
      kind: 'first',
      settle: answer => {
        if (answer) entry.answer = answer;
        else entries.delete(key);
      },
    };
  };
};
