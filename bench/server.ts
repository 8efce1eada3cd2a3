/** The other side, in a process of its own. Asked over IPC, it says how many connections it has accepted. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const SMALL = Buffer.from(JSON.stringify({ id: 1, name: 'a thing', tags: ['small', 'json'], price: 12.5 }));
const CHUNK = Buffer.alloc(65_536, 'x');
const BUSY = Buffer.from(JSON.stringify({ message: 'busy' }));

let accepted = 0;
/** Attempts of calls that are not over, by URL. */
const asked = new Map<string, number>();

const server = createServer((request, response) => {
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  request.on('end', () => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/bytes') {
      let left = Number(searchParams.get('size'));
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': left });
      const push = (): void => {
        while (left > 0) {
          const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
          left -= chunk.length;
          if (!response.write(chunk)) return void response.once('drain', push);
        }
        response.end();
      };
      push();
    } else {
      // A flaky call is told 503, 503, 200.
      const url = request.url ?? '';
      const before = asked.get(url) ?? 0;
      const busy = pathname === '/flaky' && before < 2;
      if (busy) asked.set(url, before + 1);
      else asked.delete(url);
      const whole =
        request.method === 'GET' || !searchParams.has('size') || received === Number(searchParams.get('size'));
      const body = busy || !whole ? BUSY : SMALL;
      response.writeHead(busy ? 503 : whole ? 200 : 400, {
        'content-type': 'application/json',
        'content-length': body.length,
      });
      response.end(body);
    }
  });
});
server.keepAliveTimeout = 600_000;
server.requestTimeout = 0;
server.on('connection', () => accepted++);
server.listen(0, '127.0.0.1', () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', () => {
  process.send?.({ accepted });
});
process.on('disconnect', () => process.exit());
