import type { Kafka } from 'kafkajs';

/** What is used of the library's own view of a cluster, which its types leave out. */
interface Cluster {
  /** What is asked about; none: every topic there is. */
  targetTopics: Set<string>;
  brokerPool: { findConnectedBroker(): Promise<unknown> };
  findControllerBroker(): Promise<unknown>;
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';

/**
 * Before its first message a producer of kafkajs asks a cluster about all of its topics, and fails when one of them is
 * out of order, or when they are more than `frame-check.ts` lets through. It asks the controller for its number, too,
 * though any broker gives one, and there is none while another is elected. So it is told its one topic, and to ask
 * whoever answers.
 */
export function askAboutOneTopic(kafka: Kafka, topic: string): void {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === CREATE_CLUSTER,
  );
  if (!symbol) throw new Error('this version of kafkajs makes its clusters in another way');
  const own = kafka as unknown as Record<symbol, (settings: unknown) => Cluster>;
  const create = own[symbol];
  own[symbol] = (settings) => {
    const cluster = create?.(settings) as Cluster;
    cluster.targetTopics.add(topic);
    cluster.findControllerBroker = () => cluster.brokerPool.findConnectedBroker();
    return cluster;
  };
}
