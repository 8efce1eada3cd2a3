import type { ErrorFormat } from '../format.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The text of the first such element that has one, and says more than `Error`. */
const element = (page: string, name: string, flags?: string): string | undefined =>
  new RegExp(`<${name}(?: [^<>]*)?>\\s*(?!error\\s*<)([^<]+)`, flags).exec(page)?.[1];

const plain = (page: string): string =>
  page
    .replace(/<(style|script).*?<\/\1>|<!--.*?-->|<[^<>]*>/gis, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!);

/** Text, XML as AWS has it, or a gateway's HTML page, of which the title (or first heading) says what happened. */
export const text: ErrorFormat = {
  name: 'text',
  parse: data => {
    if (typeof data !== 'string') return undefined;
    const start = data.slice(0, 4000);
    if (!/^\s*<[!?a-z]/i.test(start)) return { message: start };
    const found = element(start, 'title', 'i') ?? element(start, 'h1', 'i') ?? element(start, 'Message');
    return { message: plain(found ?? start), code: element(start, 'Code'), requestId: element(start, 'RequestId') };
  },
};
