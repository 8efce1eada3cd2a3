import type { ErrorDetails } from './format.ts';

/** Text, XML as AWS has it, or a gateway's HTML page, of which the title (or first heading) says what happened. */
export const readPage = (text: string): ErrorDetails => {
  const page = text.slice(0, 4000);
  // What only looks like JSON is nobody's message: it may hold anything.
  if (/^\s*(\{|\[\s*[\]{["])/.test(page)) return {};
  if (!/^\s*<[!?a-z]/i.test(page)) return { message: page };
  /** The text of the first such element that has one, and says more than `Error`. */
  const element = (name: string, flags?: string): string | undefined =>
    new RegExp(`<${name}(?: [^<>]*)?>\\s*(?!error\\s*<)([^<]+)`, flags).exec(page)?.[1];
  const message = (element('title', 'i') ?? element('h1', 'i') ?? element('Message') ?? page)
    .replace(/<(style|script).*?<\/\1>|<!--.*?-->|<[^<>]*>/gis, ' ')
    .replace(
      /&(?:lt|gt|quot|#39|amp);/g,
      entity => ({ '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" })[entity] ?? '&',
    );
  return { message, code: element('Code'), requestId: element('RequestId') };
};
