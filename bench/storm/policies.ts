/** Everybody. */
import { aws } from './policies/aws.ts';
import { finagle } from './policies/finagle.ts';
import { firstEdition } from './policies/first-edition.ts';
import { grpc } from './policies/grpc.ts';
import { guide } from './policies/guide.ts';
import { ky } from './policies/ky.ts';
import { ours } from './policies/ours.ts';
import { unlimited } from './policies/unlimited.ts';
import type { Policy } from './policy.ts';

export { ours, unlimited };

/** Ours first, then what it is measured by. */
export const POLICIES: readonly Policy[] = [ours(), unlimited, firstEdition, aws, grpc, finagle, guide, ky];
