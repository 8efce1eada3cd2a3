/** What a policy is to the simulation: makes the fetch of one instance, out of the service and the clock it is given. */

export type Fetch = typeof globalThis.fetch;

/** Where time and chance come from: `runtime` of the library's options. */
export interface Runtime {
  readonly now: () => number;
  readonly random: () => number;
  readonly uuid: () => string;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface Surroundings {
  /** The service. */
  readonly fetch: Fetch;
  readonly runtime: Runtime;
  /** Retries after the first attempt. */
  readonly limit: number;
}

export interface Policy {
  readonly name: string;
  /** Nothing is kept from call to call: the size of the fleet makes no difference. */
  readonly stateless?: true;
  readonly make: (surroundings: Surroundings) => Fetch;
}
