import type { Run } from '../run.ts';
import { safely } from './format.ts';

/** Our own request, as far as a server could say it back: a `Request` is one. */
export interface Sent {
  readonly url: string;
  readonly headers?: HeadersInit | undefined;
}

/** What the attempts of a call were sent with, and what extensions stamped on the last one. */
export const sentBy = ({ url, attempt, sending }: Run): Sent => {
  const [input, init] = sending.first;
  return { url, headers: attempt?.headers ?? init?.headers ?? Object(input).headers };
};

type Pair = readonly [name: string, value: string];

const MASK = '***';
/** So many characters of a secret in a row are one. */
const RUN = 8;

const lower = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase());

/** Names and values, decoded and as they are; what has no value may be the secret itself. */
const pairsIn = (query: string): Pair[] =>
  [...new URLSearchParams(query), ...query.split('&').map(pair => pair.split(/=(.*)/s))].map(([name = '', value]) => [
    name,
    value || name,
  ]);

/** `user:password`, also as it goes into a header (RFC 7617). */
const credentials = (user = '', password = ''): Pair[] => [
  [user, password],
  ['', user],
  ['', safely(() => btoa(`${user}:${password}`)) ?? ''],
];

const inUrl = (url: string): Pair[] => {
  const { search, username, password } = safely(() => new URL(url, 'x://x')) ?? new URL('x://x');
  return [
    ...pairsIn(search.slice(1)),
    ...credentials(...[username, password].map(each => safely(() => decodeURIComponent(each)) ?? each)),
  ];
};

const inHeaders = (headers: HeadersInit | undefined): Pair[] =>
  [...(safely(() => new Headers(headers)) ?? [])]
    .filter(([name]) => !/^(accept|content-|host$|user-agent$)/.test(name))
    .flatMap(([name, value]): Pair[] => {
      const token = value.replace(/^\S+ +/, '');
      const [, ...basic] = /^(.*?):(.*)/s.exec(safely(() => atob(token)) ?? '') ?? [];
      return [[name, value], [name, token], ...credentials(...basic), ...pairsIn(value.replace(/; */g, '&'))];
    });

const literal = (text: string): string => text.replace(/\W/g, '\\$&');

/**
 * What a server says may be our own request, said back: header values (but for `accept*`, `content-*`, `host` and
 * `user-agent`), query values and userinfo are masked in it. Whole, or any eight characters of them in a row, plain or
 * encoded; shorter ones only as `name=value`, so that `?page=2` does not mask every 2. Linear in text and request.
 */
export const masker = ({ url, headers }: Sent, landed = ''): ((text: string) => string) => {
  const runs = new Set<string>();
  const short: RegExp[] = [];
  for (const [name, whole] of [...inUrl(url), ...inUrl(landed), ...inHeaders(headers)]) {
    // An address begins like any other.
    for (const value of whole.toWellFormed().split(/https?:\/\//)) {
      const percent = encodeURIComponent(value);
      const forms = [value, percent, percent.replaceAll('%20', '+'), JSON.stringify(value).slice(1, -1)];
      for (const form of new Set(forms)) {
        for (let at = 0; at + RUN <= form.length; at++) runs.add(lower(form.slice(at, at + RUN)));
        if (form && name && form.length < RUN)
          short.push(new RegExp(`(${literal(name)}["']?\\s*[:=]\\s*["']?)${literal(form)}(?!\\w)`, 'gi'));
      }
    }
  }
  return text => {
    const plain = short.reduce((said, pattern) => said.replace(pattern, `$1${MASK}`), text);
    const low = lower(plain);
    let masked = '';
    let end = 0;
    for (let at = 0; at < plain.length; at++) {
      if (runs.has(low.slice(at, at + RUN))) {
        if (at >= end) masked += plain[at] === ' ' ? ` ${MASK}` : MASK;
        end = at + RUN;
      }
      if (at >= end) masked += plain[at];
    }
    return masked;
  };
};
