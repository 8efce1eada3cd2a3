import { show } from './check.ts';

/** What `generate` is told of the call it makes a key for. */
export interface KeyedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

export interface IdempotencyOptions {
  /** The header that carries the key. @default 'Idempotency-Key' */
  readonly header?: string | undefined;
  /** The methods that get a key. @default ['POST', 'PUT', 'PATCH', 'DELETE'] */
  readonly methods?: readonly string[] | undefined;
  /** Makes the key of one logical call: visible ASCII, not empty. @default a UUID v4 */
  readonly generate?: ((request: KeyedRequest) => string) | undefined;
  /**
   * `bare`, as every deployed API takes it, or `quoted`, as the IETF draft writes it.
   *
   * @default 'bare'
   * @see draft-ietf-httpapi-idempotency-key-header-07 §2.1
   */
  readonly format?: 'bare' | 'quoted' | undefined;
  /**
   * Browsers only, drop-in only: other origins to which a write may carry a key, as `https://api.example.com`. The header
   * makes the browser ask first (CORS preflight), which a server that doesn't know it refuses. @default []
   */
  readonly origins?: readonly string[] | undefined;
}

/**
 * UUID v4. `crypto.randomUUID` is missing on plain-http pages; `getRandomValues` is there.
 *
 * @see RFC 9562 §5.4
 */
export const uuid = (): string => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** How a call gets its key: options with their defaults filled in. */
export interface KeyPolicy {
  readonly header: string;
  readonly methods: ReadonlySet<string>;
  readonly origins: readonly string[];
  /** The key depends on the request. */
  readonly generated: boolean;
  /** The header's value for a new call. */
  value(request: () => KeyedRequest): string;
}

/** Options with their defaults; only `generate` has none. */
type Filled = {
  [Name in keyof IdempotencyOptions]-?:
    | NonNullable<IdempotencyOptions[Name]>
    | (Name extends 'generate' ? undefined : never);
};

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** @throws {TypeError} from `value`, when the user's `generate` returns what no header can hold */
export const keyPolicy = ({ header, methods, generate, format, origins }: Filled, random: () => string): KeyPolicy => ({
  header,
  methods: new Set(methods.map(method => method.toUpperCase())),
  origins,
  generated: generate !== undefined,
  value: request => {
    const key = generate ? generate(request()) : random();
    if (generate && (typeof key !== 'string' || !VISIBLE_ASCII.test(key))) {
      throw new TypeError(`idempotency.generate must return a string of visible ASCII characters, got ${show(key)}`);
    }
    return format === 'quoted' ? `"${key.replace(/["\\]/g, '\\$&')}"` : key;
  },
});

/**
 * Whether adding a header to this request would make a browser ask the server first. Outside of a browser's page or worker
 * there is no CORS, and never a reason to hold the key back. (Deno's workers look like a browser's.)
 */
export const wouldPreflight = (url: string, origins: readonly string[]): boolean => {
  const { document, WorkerGlobalScope, location, Deno } = globalThis as {
    document?: Document;
    WorkerGlobalScope?: unknown;
    location?: Location;
    Deno?: unknown;
  };
  if (!location || Deno || !(document || WorkerGlobalScope)) return false;
  const base = document?.baseURI ?? location.href; // <base> counts
  if (!URL.canParse(url, base)) return false; // the platform's to refuse
  const { origin } = new URL(url, base);
  return origin !== location.origin && !origins.includes(origin);
};
