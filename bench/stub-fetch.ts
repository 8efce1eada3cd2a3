/** A platform without a network: answers at once, as the server would. */
const SMALL = JSON.stringify({ id: 1, name: 'a thing', tags: ['small', 'json'], price: 12.5 });
const BUSY = JSON.stringify({ message: 'busy' });
const headers = { 'content-type': 'application/json' };

let asked = 0;

export const stubFetch = async (input: string | URL | Request): Promise<Response> => {
  const url = typeof input === 'string' ? input : input instanceof Request ? input.url : input.href;
  const busy = url.endsWith('/down') || (url.endsWith('/flaky') && ++asked % 3 !== 0);
  return new Response(busy ? BUSY : SMALL, { status: busy ? 503 : 200, headers });
};
