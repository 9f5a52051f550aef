import type { Answer } from '../../domain/delivery/outcome';
import { makeClientPool, type Client } from '../client-pool';
import { awsCredentials, oneOf, type AwsCredentials } from '../credential-types';
import type { Destination, DestinationRequest } from '../destination';
import type { HttpDestination } from '../http/http';
import { blocked } from '../http/http-failure';
import type { OutboundPolicy } from '../outbound-policy';
import type { UrlCheck } from '../parse-url';
import { timed } from '../timed';
import { webSchemes, webUrl } from '../web-url';
import { failureOfAws } from './aws-failure';
import { makeAwsTransport } from './aws-transport';

/** What one service of AWS has of its own. */
export interface AwsService {
  scheme: string;
  form: string;
  /** As in `sqs.eu-west-1.amazonaws.com`. */
  hostLabel: string;
  /** What is wrong with the path, in words. */
  fault(url: URL, region: string): string | undefined;
  /** Names of what may stand in the query, besides `region`. */
  parameters?: readonly string[];
  /** Loads the SDK. */
  connect(settings: AwsSettings): Promise<AwsClient>;
}

export interface AwsClient {
  /** Rejects with what the SDK says. */
  publish(url: URL, request: DestinationRequest): Promise<Omit<Answer, 'durationMs'> | undefined>;
  destroy(): void;
}

/** For each client of the SDK: all that it would else look for in the environment and in files. */
export interface AwsSettings {
  region: string;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  requestHandler: ReturnType<typeof makeAwsTransport>;
  /** The ladder tries again. */
  maxAttempts: 1;
  retryMode: 'standard';
  useFipsEndpoint: false;
  useDualstackEndpoint: false;
}

/** A region's endpoint, a VPC's own, or one of the newer names. */
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

export function makeAwsDestination(
  service: AwsService,
  http: HttpDestination,
  policy: OutboundPolicy,
): Destination {
  const transport = makeAwsTransport(http);
  const pool = makeClientPool(open);
  const checkUrl = (url: string): UrlCheck => withForm(service, policy.checkUrl(webUrl(url)));

  async function open({ url, credentials }: DestinationRequest): Promise<AwsClient & Client> {
    const { origin } = new URL(webUrl(url));
    const { accessKeyId, secretAccessKey, sessionToken } = credentials as AwsCredentials;
    const client = await service.connect({
      region: regionOf(service, new URL(webUrl(url))) ?? '',
      endpoint: origin,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      requestHandler: transport,
      maxAttempts: 1,
      retryMode: 'standard',
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
    });
    return {
      publish: (target, request) => client.publish(target, request),
      destroy: () => client.destroy(),
      isOpen: () => true,
      close() {
        client.destroy();
        return Promise.resolve();
      },
    };
  }

  return {
    schemes: webSchemes(service.scheme),
    form: service.form,
    checkUrl,
    checkResolved: async (url) => withForm(service, await policy.checkResolved(webUrl(url))),
    credentials: oneOf('aws', [awsCredentials]),
    send(request) {
      const check = checkUrl(request.url);
      if (!check.ok) return Promise.resolve({ durationMs: 0, ...blocked(check.reason) });
      return timed(
        request.timeoutMs,
        () => pool.use(request, (client) => client.publish(check.url, request)),
        (error) => failureOfAws(error, request.credentials as AwsCredentials),
      );
    },
    close: () => pool.close(),
  };
}

function withForm(service: AwsService, check: UrlCheck): UrlCheck {
  if (!check.ok) return check;
  const reason = faultOf(service, check.url);
  return reason === undefined ? check : { ok: false, code: 'INVALID', reason };
}

function faultOf(service: AwsService, url: URL): string | undefined {
  const allowed = ['region', ...(service.parameters ?? [])];
  if ([...url.searchParams.keys()].some((name) => !allowed.includes(name))) {
    return `the URL has the form ${service.form}; its query may have ${allowed.join(', ')}`;
  }
  const region = regionOf(service, url);
  if (region === undefined) {
    return AWS_HOST.test(url.hostname)
      ? `the host is none of this service: as in ${service.hostLabel}.eu-west-1.amazonaws.com`
      : 'a host that is not of AWS needs ?region=';
  }
  const named = url.searchParams.get('region');
  if (named !== null && named !== region) return `the host is of the region ${region}`;
  return service.fault(url, region);
}

/** That of the host, which AWS has in its name; elsewhere it is told. */
function regionOf({ hostLabel }: AwsService, url: URL): string | undefined {
  if (!AWS_HOST.test(url.hostname)) return region(url.searchParams.get('region') ?? '');
  const labels = url.hostname.split('.');
  const at = labels.findIndex((label) => label === hostLabel || label === `${hostLabel}-fips`);
  return at < 0 ? undefined : region(labels[at + 1] ?? '');
}

const region = (text: string): string | undefined => (REGION.test(text) ? text : undefined);
