import { randomBytes } from 'node:crypto';

/** Who owns gates: a process, once. One that starts again is somebody else. */
export const newOwner = (): Buffer => randomBytes(16);
