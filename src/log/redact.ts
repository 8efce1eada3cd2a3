import { clean } from '../errors/text.ts';

/** What a log record may show beyond what is always safe, and what it must not show besides. */
export interface RedactOptions {
  /** Names of query parameters whose values may be shown. @default [] */
  readonly query?: readonly string[] | undefined;
  /** What of a URL's path, as it is sent, must not be shown, wherever it matches. @default [] */
  readonly path?: readonly RegExp[] | undefined;
  /** Names of response headers to put into the record. @default [] */
  readonly headers?: readonly string[] | undefined;
  /** What stands in place of a value. @default '***' */
  readonly mask?: string | undefined;
}

/** What each of them must be. */
export const REDACT = {
  query: 'list of strings',
  path: 'list of RegExps',
  headers: 'list of strings',
  mask: 'string',
} satisfies Record<keyof RedactOptions, string>;

/** A query, without its `?`, whose values are masked but for those of these names. */
export const maskQuery = (query: string, { query: shown = [], mask = '***' }: RedactOptions): string =>
  query.replace(/[^&]+/g, pair =>
    shown.includes([...new URLSearchParams(pair).keys()][0]!)
      ? pair
      : // A pair without `=` may be the secret itself.
        pair.replace(/^(.*?=|).*/s, (_, name) => name + mask),
  );

/** A path, without what must not be shown of it. */
export const maskPath = (path: string, { path: hidden = [], mask = '***' }: RedactOptions): string =>
  hidden.reduce((text, each) => text.replace(new RegExp(each, `${each.flags.replace('g', '')}g`), () => mask), path);

/**
 * A URL that is safe to print: no userinfo, no fragment, query values masked, on one line. Takes what the caller wrote, too,
 * with the blanks, slashes and backslashes that URL parsers forgive. Never throws.
 */
export const redactUrl = (url: string, redact: RedactOptions = {}): string => {
  const [place = '', query] = url.replace(/[\t\r\n]|#.*$/gs, '').split(/\?(.*)/s);
  // Where nobody can tell where the userinfo of a URL ends, it ends at the last `@`.
  const userinfo = URL.canParse(place, 'http://x')
    ? /^([\0- ]*[a-z][\w+.-]*:[/\\]*|[/\\]{2,})[^/\\]*@/i
    : /^([^:]*:[/\\]*|).*@/s;
  const [, origin = '', path = ''] = /^([^/\\]*[/\\]{2,}[^/\\]*)?(.*)/s.exec(place.replace(userinfo, '$1'))!;
  return clean(origin + maskPath(path, redact) + (query ? `?${maskQuery(query, redact)}` : ''), 2000);
};
