import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { databaseTls } from './database-tls';
import { ApiKeyRow } from './entities/api-key';
import { EndpointRow } from './entities/endpoint';
import { EndpointSecretRow } from './entities/endpoint-secret';
import { InspectorRow } from './entities/inspector';
import { SourceRow } from './entities/source';
import { SourceSecretRow } from './entities/source-secret';
import { TenantRow } from './entities/tenant';
import { WebhookSubscriptionRow } from './entities/webhook-subscription';
import { Initial1790000000000 } from './migrations/1790000000000-initial';
import { SubscriptionRules1790000100000 } from './migrations/1790000100000-subscription-rules';
import { Catalog1790000400000 } from './migrations/1790000400000-catalog';
import { AuditEntries1790000500000 } from './migrations/1790000500000-audit-entries';
import { RoutingHistory1790000200000 } from './migrations/1790000200000-routing-history';
import { Replays1790000600000 } from './migrations/1790000600000-replays';
import { DeliveryStats1790000700000 } from './migrations/1790000700000-delivery-stats';
import { Gate1790000800000 } from './migrations/1790000800000-gate';
import { DeliveryTypes1790000900000 } from './migrations/1790000900000-delivery-types';
import { LackedScopes1790001100000 } from './migrations/1790001100000-lacked-scopes';
import { Sources1790001500000 } from './migrations/1790001500000-sources';
import { Inspectors1790001900000 } from './migrations/1790001900000-inspectors';
import { TenantNetworks1790002000000 } from './migrations/1790002000000-tenant-networks';
import { RecoveringGates1790002010000 } from './migrations/1790002010000-recovering-gates';
import { ChangeRounds1790002200000 } from './migrations/1790002200000-change-rounds';
import { EndpointCredentials1790001700000 } from './migrations/1790001700000-endpoint-credentials';

export interface DataSourceSettings {
  /** mysql://user:password@host:port/database; see database-tls.ts for its parameters. */
  url: string;
  /** Most connections of this pool. */
  connectionLimit: number;
}

/** The one description of the database connection. Schema changes come from migrations only. */
export function dataSourceOptions({ url, connectionLimit }: DataSourceSettings): DataSourceOptions {
  const tls = databaseTls(url);
  return {
    type: 'mysql',
    url: url.replace(/^mariadb:/, 'mysql:'),
    ...(tls ? { ssl: tls } : {}),
    charset: 'utf8mb4',
    timezone: 'Z',
    synchronize: false,
    migrationsRun: false,
    migrationsTableName: 'migrations',
    entities: [
      TenantRow,
      ApiKeyRow,
      EndpointRow,
      EndpointSecretRow,
      WebhookSubscriptionRow,
      SourceRow,
      SourceSecretRow,
      InspectorRow,
    ],
    migrations: [
      Initial1790000000000,
      SubscriptionRules1790000100000,
      Catalog1790000400000,
      AuditEntries1790000500000,
      RoutingHistory1790000200000,
      Replays1790000600000,
      DeliveryStats1790000700000,
      Gate1790000800000,
      DeliveryTypes1790000900000,
      LackedScopes1790001100000,
      Sources1790001500000,
      EndpointCredentials1790001700000,
      Inspectors1790001900000,
      TenantNetworks1790002000000,
      RecoveringGates1790002010000,
      ChangeRounds1790002200000,
    ],
    extra: {
      connectionLimit,
      // Waiting for a connection is bounded, or a database that is gone would grow the queue for ever.
      queueLimit: 2000,
      connectTimeout: 5000,
      // A host that is gone without a word is noticed in some 20 s by connections that wait for it, not in hours.
      keepAliveInitialDelay: 10_000,
      supportBigNumbers: true,
    },
    logging: false,
  };
}

export function makeDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource(dataSourceOptions(settings));
}
