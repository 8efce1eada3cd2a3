import type { Target } from './behaviour.ts';
import { type Report, runSuite } from './suite.ts';

// Pages and workers. A worker is sent the target, by its page or by whoever opened the port; a page is asked by its driver.
type Listener = (event: MessageEvent<Target>) => void;
const scope = globalThis as unknown as {
  document?: Document;
  runSuite?: typeof runSuite;
  onmessage: Listener;
  postMessage(reports: Report[]): void;
};

if (scope.document) scope.runSuite = target => runSuite(target);
else
  scope.onmessage = event => {
    const reply = event.ports[0] ?? scope;
    const answer = runSuite(event.data).then(reports => reply.postMessage(reports));
    // A service worker lives as long as its events.
    (event as Partial<ExtendableEvent>).waitUntil?.(answer);
  };

interface ExtendableEvent {
  waitUntil(promise: Promise<void>): void;
}
