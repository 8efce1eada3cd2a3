import type { ErrorFormat } from '../format.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

const plain = (html: string): string =>
  html.replace(/<[^>]*>/g, ' ').replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name]!);

/** Text, JSON that stands in a text, or a gateway's HTML page, of which the title (or first heading) says what happened. */
export const text: ErrorFormat = {
  name: 'text',
  parse: data => {
    if (typeof data !== 'string') return undefined;
    const start = data.slice(0, 20_000);
    if (!/^\s*<(!doctype|html|head|body|\?xml)/i.test(start))
      return { message: start.trim() === '' ? undefined : start };
    const title = /<title[^>]*>([^<]*)/i.exec(start)?.[1] ?? /<h1[^>]*>([^<]*)/i.exec(start)?.[1];
    return { message: plain(title ?? start.replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')) };
  },
};
