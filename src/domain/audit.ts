/** The operator key, an API key, a token of the issuer's, or a session of the portal. */
export type ActorKind = 'OPERATOR' | 'API_KEY' | 'TOKEN' | 'PORTAL';

/** By what somebody called, as the audit log names them. */
export interface Actor {
  kind: ActorKind;
  /** A key's id, a token's subject; of a portal session, who made it. */
  id: string;
  /** The first characters of an API key. */
  prefix: string | null;
}

/** One change that somebody made, or may have made. It has names of fields and never their values. */
export interface AuditEntry {
  id: string;
  at: Date;
  /** Whose thing it was; null: nobody's alone. */
  tenantId: string | null;
  actor: Actor;
  /** The mutation's name. */
  action: string;
  objectId: string | null;
  /** The fields that the caller gave. */
  fields: string[];
  /** False: it broke midway, so that it may have been done or not. */
  ok: boolean;
  address: string | null;
  userAgent: string | null;
}

/** Its time is the one that its id begins with. */
export type NewAuditEntry = Omit<AuditEntry, 'at'>;

/** Every condition that is there must hold. */
export interface AuditFilter {
  actions?: readonly string[];
  objectId?: string;
  actorId?: string;
  /** Inclusive. */
  since?: Date;
  /** Exclusive. */
  until?: Date;
}
