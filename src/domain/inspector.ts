import type { Verification } from './request/signature';

/** A throw-away receiver: takes any request, keeps it for people to look at, and answers as it was told. */
export interface Inspector {
  id: string;
  tenantId: string;
  name: string;
  /** The part of its address that nobody can guess. */
  token: string;
  /** Whether a secret was pasted; the secret itself is not shown. */
  hasSecret: boolean;
  answer: InspectorAnswer;
  createdAt: Date;
  updatedAt: Date;
  expiresAt: Date;
}

export interface InspectorAnswer {
  status: number;
  delayMs: number;
  /** Sent as plain text, whatever it is. */
  body: string;
  /** So many more requests are answered with 500 first. */
  failuresLeft: number;
}

export type NewInspector = Pick<Inspector, 'tenantId' | 'name' | 'token' | 'answer' | 'expiresAt'> & {
  secret: string | null;
};

/** What is left out stays. */
export interface InspectorChanges {
  name?: string;
  /** Null: none any more. */
  secret?: string | null;
  answer?: Partial<InspectorAnswer>;
  expiresAt?: Date;
}

/** What taking a request needs of an inspector. The secret is plain here and only here: in memory. */
export interface InspectorSettings extends Pick<Inspector, 'id' | 'tenantId' | 'answer'> {
  secret: string | null;
}

/** What the signature of a request is worth. `NO_SECRET`: it is signed, and nothing is known to check it with. */
export type SignatureCheck =
  | 'VERIFIED'
  | 'UNSIGNED'
  | 'NO_SECRET'
  | Exclude<Extract<Verification, { ok: false }>['reason'], 'BAD_SECRET'>;

/** One request as an inspector keeps it; its time is the one that its id begins with. */
export interface InspectedRequest {
  id: string;
  inspectorId: string;
  tenantId: string;
  method: string;
  /** What follows the inspector's address, with the query. */
  path: string;
  /** Names in lower case; what looks like a credential is masked. */
  headers: Record<string, string>;
  /** Of the whole body, of which the first 64 KiB are kept. */
  bodyBytes: number;
  signature: SignatureCheck;
  /** The status that it was answered with. */
  answeredStatus: number;
}
