import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import type { Target } from './behaviour.ts';
import { bundle } from './bundle.ts';
import { print, total } from './print.ts';
import { serveRuntimes } from './server.ts';
import type { Report } from './suite.ts';

// Runs the suite in Chromium: in a page, in one with a strict CSP, in a worker and in a service worker.

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) {
  console.error(
    `No Chromium at ${CHROMIUM}. On Debian: apt-get update && apt-get install -y chromium. Elsewhere: CHROMIUM=/path/to/it`,
  );
  process.exit(1);
}

const CSP =
  "default-src 'none'; script-src 'self'; connect-src http:; require-trusted-types-for 'script'; trusted-types";
const html = (headers: Record<string, string> = {}) => ({
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body: '<!doctype html><title>holdfast</title><link rel="icon" href="data:,"><script type="module" src="/suite.js"></script>',
});

const inPage = (page: Page, target: Target): Promise<Report[]> =>
  page.evaluate(async given => {
    const { runSuite } = globalThis as unknown as { runSuite(target: Target): Promise<Report[]> };
    return runSuite(given);
  }, target);

const inWorker = (page: Page, target: Target): Promise<Report[]> =>
  page.evaluate(
    given =>
      new Promise<Report[]>((resolve, reject) => {
        const worker = new Worker('/suite.js', { type: 'module' });
        worker.onmessage = event => resolve(event.data as Report[]);
        worker.onerror = event => reject(new Error(event.message));
        worker.postMessage(given);
      }),
    target,
  );

const inServiceWorker = (page: Page, target: Target): Promise<Report[]> =>
  page.evaluate(async given => {
    await navigator.serviceWorker.register('/suite.js', { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    return new Promise<Report[]>(resolve => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = event => resolve(event.data as Report[]);
      active?.postMessage(given, [port2]);
    });
  }, target);

const RUNTIMES: Record<string, readonly [path: string, run: typeof inPage]> = {
  chromium: ['/page', inPage],
  'chromium-csp': ['/strict', inPage],
  'chromium-worker': ['/page', inWorker],
  'chromium-service-worker': ['/page', inServiceWorker],
};

const code = await bundle('./entry-page.ts');
const server = await serveRuntimes({
  '/page': html(),
  '/strict': html({ 'content-security-policy': CSP }),
  '/suite.js': {
    headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' },
    body: code,
  },
});
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  const { origin, otherOrigin, refused, selfSigned } = server;
  for (const [runtime, [path, run]] of Object.entries(RUNTIMES)) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(origin + path);
    await page.waitForFunction(() => 'runSuite' in globalThis);
    print(runtime, await run(page, { runtime, origin, otherOrigin, refused, selfSigned }));
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
total();
