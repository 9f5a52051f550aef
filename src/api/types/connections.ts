import { AuditEntryType } from './audit';
import { makeConnectionType } from './connection';
import { DeliveryType } from './delivery';
import { EndpointType, WebhookSubscriptionType } from './endpoint';
import { EventType } from './event';
import { CatalogEntryType } from './event-type';
import { InspectedRequestType, InspectorType } from './inspector';
import { ReplayType } from './replay';
import { SourceType } from './source';
import { TenantType } from './tenant';

export const TenantConnection = makeConnectionType(TenantType, 'Tenant');
export const EndpointConnection = makeConnectionType(EndpointType, 'Endpoint');
export const WebhookSubscriptionConnection = makeConnectionType(
  WebhookSubscriptionType,
  'WebhookSubscription',
);
export const EventConnection = makeConnectionType(EventType, 'Event');
export const EventTypeConnection = makeConnectionType(CatalogEntryType, 'EventType');
export const DeliveryConnection = makeConnectionType(DeliveryType, 'Delivery');
export const AuditEntryConnection = makeConnectionType(AuditEntryType, 'AuditEntry');
export const SourceConnection = makeConnectionType(SourceType, 'Source');
export const InspectorConnection = makeConnectionType(InspectorType, 'Inspector');
export const InspectedRequestConnection = makeConnectionType(InspectedRequestType, 'InspectedRequest');
export const ReplayConnection = makeConnectionType(ReplayType, 'Replay');
