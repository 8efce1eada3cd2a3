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

/**
 * A URL that is safe to print: no userinfo, no fragment, query values masked, on one line. Takes what the caller wrote, too,
 * with the blanks, slashes and backslashes that URL parsers forgive. Never throws.
 */
export const redactUrl = (url: string, { query = [], mask = '***' }: RedactOptions = {}): string => {
  const [path = '', search] = url.replace(/[\t\r\n]|#.*$/gs, '').split(/\?(.*)/s);
  // Where nobody can tell where the userinfo of a URL ends, it ends at the last `@`.
  const userinfo = URL.canParse(path, 'http://x')
    ? /^([\0- ]*[a-z][\w+.-]*:[/\\]*|[/\\]{2,})[^/\\]*@/i
    : /^([^:]*:[/\\]*|).*@/s;
  const pairs = search?.split('&').map(pair => {
    const [name = '', value] = pair.split(/=(.*)/s);
    if (query.includes(decode(name))) return pair;
    // A pair without `=` may be the secret itself.
    return value === undefined ? mask : `${name}=${mask}`;
  });
  return clean(path.replace(userinfo, '$1') + (search ? `?${pairs!.join('&')}` : ''), 2000);
};
