/**
 * AMQP 0-9-1 topic patterns (specification section 3.1.3.3): segments separated by dots, `*` is exactly one segment,
 * `#` is zero or more.
 */

export const MAX_TYPE_BYTES = 200;
const TYPE_PATTERN = /^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*$/;
const TOPIC_PATTERN = /^([a-zA-Z0-9_-]+|\*|#)(\.([a-zA-Z0-9_-]+|\*|#))*$/;

/** Event types that only Warren itself may publish. */
export const RESERVED_PREFIX = 'warren.';

/** True for what may name an event: dot-separated segments of [a-zA-Z0-9_-], at most 200 bytes. */
export function isEventType(text: string): boolean {
  return text.length <= MAX_TYPE_BYTES && TYPE_PATTERN.test(text);
}

/** True for an event type or a pattern over event types. */
export function isTopicPattern(text: string): boolean {
  return text.length <= MAX_TYPE_BYTES && TOPIC_PATTERN.test(text);
}

interface Node<T> {
  readonly swallows: boolean;
  readonly children: Map<string, Node<T>>;
  readonly values: Set<T>;
}

const newNode = <T>(segment: string): Node<T> => ({
  swallows: segment === '#',
  children: new Map(),
  values: new Set(),
});

/**
 * Patterns kept as a trie, so that finding who wants an event costs what matches, not what is subscribed.
 * `add` and `remove` are idempotent.
 */
export class TopicIndex<T> {
  private readonly root = newNode<T>('');

  add(pattern: string, value: T): void {
    let node = this.root;
    for (const segment of pattern.split('.')) {
      let child = node.children.get(segment);
      if (!child) node.children.set(segment, (child = newNode(segment)));
      node = child;
    }
    node.values.add(value);
  }

  remove(pattern: string, value: T): void {
    removeBelow(this.root, pattern.split('.'), 0, value);
  }

  /** Every value under a pattern that matches the type, each once. */
  match(type: string): Set<T> {
    let frontier = new Set<Node<T>>();
    reach(this.root, frontier);
    for (const segment of type.split('.')) {
      const next = new Set<Node<T>>();
      for (const node of frontier) {
        if (node.swallows) reach(node, next);
        reach(node.children.get(segment), next);
        reach(node.children.get('*'), next);
      }
      frontier = next;
    }
    const found = new Set<T>();
    for (const node of frontier) for (const value of node.values) found.add(value);
    return found;
  }
}

/** Enters a node, and with it the `#` below it, which may stand for nothing at all. */
function reach<T>(node: Node<T> | undefined, frontier: Set<Node<T>>): void {
  if (!node || frontier.has(node)) return;
  frontier.add(node);
  reach(node.children.get('#'), frontier);
}

function removeBelow<T>(node: Node<T>, segments: string[], depth: number, value: T): void {
  const segment = segments[depth];
  if (segment === undefined) {
    node.values.delete(value);
    return;
  }
  const child = node.children.get(segment);
  if (!child) return;
  removeBelow(child, segments, depth + 1, value);
  if (child.values.size === 0 && child.children.size === 0) node.children.delete(segment);
}
