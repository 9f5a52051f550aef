import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { Logger } from './logger';
import { VERSION } from './version';

/** Spans for a collector (https://opentelemetry.io). Where none is told, there is no Tracing, and nothing is loaded. */
export interface Tracing {
  start(span: NewSpan): Span;
  /** Sends what has ended. */
  close(): Promise<void>;
}

export interface NewSpan {
  name: string;
  kind: 'PRODUCER' | 'CONSUMER' | 'CLIENT';
  /** W3C traceparent of what caused it; a trace begins where there is none. */
  parent: string | undefined;
  /** Another span that it has to do with. */
  link?: string | undefined;
  attributes: Attributes;
}

/** A span that is never ended is never sent. */
export interface Span {
  /** For whatever this causes. */
  readonly traceparent: string;
  end(attributes?: Attributes, errorType?: string): void;
}

/** What cannot be sent is dropped: spans must not fill the memory of who delivers. */
const MAX_QUEUED = 8192;
/** Shorter than what closing waits for. */
const EXPORT_TIMEOUT_MS = 3000;

/**
 * OTLP over HTTP as JSON. The sampler, the resource and the headers are those of OpenTelemetry's own environment
 * variables: OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS.
 */
export async function openTracing(endpoint: string, logger: Pick<Logger, 'warn'>): Promise<Tracing> {
  const [api, core, resources, sdk, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  core.setGlobalErrorHandler((error) =>
    logger.warn({ err: error instanceof Error ? error.message : 'unknown' }, 'tracing.export_failed'),
  );
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new sdk.BasicTracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': 'warren', 'service.version': VERSION })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, { maxQueueSize: MAX_QUEUED })],
  });
  const tracer = provider.getTracer('warren', VERSION);
  const remote = (traceparent: string | undefined): SpanContext | undefined => {
    const context = traceparent === undefined ? null : core.parseTraceParent(traceparent);
    return context ? { ...context, isRemote: true } : undefined;
  };
  return {
    start({ name, kind, parent, link, attributes }) {
      const [caused, linked] = [remote(parent), remote(link)];
      const context = caused ? api.trace.setSpanContext(api.ROOT_CONTEXT, caused) : api.ROOT_CONTEXT;
      const span = tracer.startSpan(
        name,
        { kind: api.SpanKind[kind], attributes, links: linked ? [{ context: linked }] : [] },
        context,
      );
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        end(more = {}, errorType) {
          span.setAttributes(more);
          if (errorType !== undefined) {
            span.setAttribute('error.type', errorType);
            span.setStatus({ code: api.SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    close: () => provider.shutdown(),
  };
}
