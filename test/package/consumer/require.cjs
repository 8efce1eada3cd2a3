/** `require()` of an ES module: what CommonJS users write. */
const assert = require('node:assert/strict');

const { createClient, createFetch, fetch } = require('holdfast');
for (const door of [createClient, createFetch, fetch]) assert.equal(typeof door, 'function');
assert.equal(typeof require('holdfast/log').consoleLog, 'function');
assert.equal(typeof require('holdfast/circuit-breaker').circuitBreaker, 'function');
assert.equal(typeof require('holdfast/diagnostics').diagnostics, 'function');
assert.equal(typeof require('holdfast/opentelemetry').openTelemetry, 'function');
assert.equal(typeof require('holdfast/rate-limit').rateLimit, 'function');
assert.equal(typeof require('holdfast/testing').flaky, 'function');
assert.equal(require('holdfast/log-record.schema.json').title, 'LogRecord');
assert.equal(require('holdfast/package.json').name, 'holdfast');
