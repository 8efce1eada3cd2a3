/** A platform without a network: answers at once, as the server would. */
const SMALL = JSON.stringify({ id: 1, name: 'a thing', tags: ['small', 'json'], price: 12.5 });
const BUSY = JSON.stringify({ message: 'busy' });
const headers = { 'content-type': 'application/json' };

/** Attempts of calls that are not over, by URL. */
const asked = new Map<string, number>();

export const stubFetch = async (input: string | URL | Request): Promise<Response> => {
  const url = typeof input === 'string' ? input : input instanceof Request ? input.url : input.href;
  let busy = url.endsWith('/down');
  if (url.includes('/flaky')) {
    // 503, 503, 200.
    const before = asked.get(url) ?? 0;
    busy = before < 2;
    if (busy) asked.set(url, before + 1);
    else asked.delete(url);
  }
  return new Response(busy ? BUSY : SMALL, { status: busy ? 503 : 200, headers });
};
