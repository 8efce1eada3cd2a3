/** Every entry imports, and a call through each door works, also where code from text is forbidden. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createClient, createFetch, fetch, isApiError } from 'holdfast';
import * as circuitBreaker from 'holdfast/circuit-breaker';
import * as diagnostics from 'holdfast/diagnostics';
import * as log from 'holdfast/log';
import schema from 'holdfast/log-record.schema.json' with { type: 'json' };
import * as opentelemetry from 'holdfast/opentelemetry';
import * as rateLimit from 'holdfast/rate-limit';
import * as testing from 'holdfast/testing';

assert.equal(schema.title, 'LogRecord');
for (const [entry, name] of [
  [log, 'consoleLog'],
  [circuitBreaker, 'circuitBreaker'],
  [diagnostics, 'diagnostics'],
  [opentelemetry, 'openTelemetry'],
  [rateLimit, 'rateLimit'],
  [rateLimit, 'coolDown'],
  [rateLimit, 'redisStore'],
  [testing, 'flaky'],
]) {
  assert.equal(typeof entry[name], 'function', name);
}

const told = [];
const extensions = [
  rateLimit.rateLimit({ limit: 9, intervalMs: 1 }),
  rateLimit.coolDown(),
  circuitBreaker.circuitBreaker(),
  diagnostics.diagnostics(),
  log.log(record => told.push(record.event)),
];
const statuses = [200, 503, 200, 404];
const server = createServer((_, response) => response.writeHead(statuses.shift() ?? 500).end('{}'));
await new Promise(listening => server.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${server.address().port}/`;
try {
  assert.equal((await fetch(url)).status, 200);
  const seen = testing.recorder();
  const custom = createFetch({ ...testing.instantly(), use: [...extensions, seen] });
  assert.equal((await custom(url, { method: 'POST', body: '{}' })).status, 200);
  assert.deepEqual(seen.story, ['attempt', 'retry', 'attempt', 'success']);
  assert.deepEqual(told, ['retry', 'recovered']);
  const error = await createClient({ baseUrl: url })
    .get('things')
    .json()
    .catch(reason => reason);
  assert.ok(isApiError(error, 'not_found'), String(error));
} finally {
  server.close();
  server.closeAllConnections();
}
