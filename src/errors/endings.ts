import type { Call, StopReason } from '../call.ts';
import type { Delivery } from '../policy/delivery.ts';

/** How the call ended that an answer was handed back from. */
export interface Ending {
  readonly call: Call;
  readonly stopped: StopReason | undefined;
  readonly delivery: Delivery;
  readonly durationMs: number;
}

/** Kept beside the answers that the drop-in hands back, for whoever makes an error of one later. */
export const endings: WeakMap<Response, Ending> = /* @__PURE__ */ new WeakMap();
