import { clean } from '../errors/text.ts';

/** What a log record may show beyond what is always safe. */
export interface RedactOptions {
  /** Names of query parameters whose values may be shown. @default [] */
  readonly query?: readonly string[] | undefined;
  /** Names of response headers to put into the record. @default [] */
  readonly headers?: readonly string[] | undefined;
  /** What stands in place of a value. @default '***' */
  readonly mask?: string | undefined;
}

const decode = (name: string): string => {
  try {
    return decodeURIComponent(name.replace(/\+/g, ' '));
  } catch {
    return name;
  }
};

/** A URL that is safe to print: no userinfo, no fragment, query values masked, on one line. Never throws. */
export const redactUrl = (url: string, { query = [], mask = '***' }: RedactOptions = {}): string => {
  const [path = '', search] = url
    .replace(/#.*$/s, '')
    .replace(/^([a-z][\w+.-]*:)?[/\\]{2}[^/\\?]*@/i, '$1//')
    .split(/\?(.*)/s);
  const pairs = search?.split('&').map(pair => {
    const [name = '', value] = pair.split(/=(.*)/s);
    // A pair without `=` may be the secret itself.
    if (query.includes(decode(name))) return pair;
    return value === undefined ? mask : `${name}=${mask}`;
  });
  return clean(search ? `${path}?${pairs!.join('&')}` : path, 2000);
};
