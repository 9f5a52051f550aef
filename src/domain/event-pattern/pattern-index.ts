import type { EventPattern } from './compile-pattern';
import type { Scalar } from './condition';
import type { Field } from './field';
import type { Way } from './parse-pattern';
import { PathAnchors } from './path-anchors';

/**
 * Many patterns, found by an event at a cost that grows with what matches, not with what is kept.
 *
 * Each way through a pattern is kept under one of its fields, its anchor: the one with the fewest others beside it. An
 * event's values lead to anchors, anchors to candidates, and each candidate is then looked at whole. So an anchor may
 * find too much, never too little. Only ways that any event may match by what it lacks are candidates always.
 */
export class PatternIndex<T> {
  private readonly root = newNode<T>();
  private readonly none = new PathAnchors<T>();
  private readonly always = new Set<T>();
  private readonly kept = new Map<T, { pattern: EventPattern; anchors: Field[] }>();

  add(pattern: EventPattern, value: T): void {
    this.remove(value);
    const anchors: Field[] = [];
    for (const way of pattern.ways) {
      const anchor = this.anchorOf(way);
      if (!anchor) this.always.add(value);
      else {
        const at = nodeAt(this.root, anchor.segments);
        at.anchors ??= new PathAnchors();
        for (const condition of anchor.conditions) at.anchors.add(condition, value);
        anchors.push(anchor);
      }
    }
    this.kept.set(value, { pattern, anchors });
  }

  remove(value: T): void {
    const kept = this.kept.get(value);
    if (!kept) return;
    for (const anchor of kept.anchors) removeBelow(this.root, anchor, 0, value);
    this.always.delete(value);
    this.kept.delete(value);
  }

  matching(event: object): Set<T> {
    const candidates = new Set(this.always);
    visitBelow(event, this.root, (values) => {
      for (const value of values) candidates.add(value);
    });
    for (const value of candidates)
      if (!this.kept.get(value)?.pattern.matches(event)) candidates.delete(value);
    return candidates;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Nothing is left behind of what was taken out. */
  isEmpty(): boolean {
    return this.kept.size === 0 && this.always.size === 0 && this.root.children.size === 0;
  }

  private anchorOf(way: Way): Field | undefined {
    let best: Field | undefined;
    let fewest = Infinity;
    for (const field of way) {
      if (field.allowsAbsence) continue;
      const anchors = nodeIfThere(this.root, field.segments)?.anchors ?? this.none;
      const crowd = field.conditions.reduce((sum, condition) => sum + anchors.crowd(condition), 0);
      if (crowd < fewest) [best, fewest] = [field, crowd];
    }
    return best;
  }
}

interface Node<T> {
  children: Map<string, Node<T>>;
  /** Not there where only longer paths go through. */
  anchors: PathAnchors<T> | undefined;
}

const newNode = <T>(): Node<T> => ({ children: new Map(), anchors: undefined });

function nodeIfThere<T>(root: Node<T>, segments: readonly string[]): Node<T> | undefined {
  let node: Node<T> | undefined = root;
  for (const segment of segments) node = node?.children.get(segment);
  return node;
}

function nodeAt<T>(root: Node<T>, segments: readonly string[]): Node<T> {
  let node = root;
  for (const segment of segments) {
    let child = node.children.get(segment);
    if (!child) node.children.set(segment, (child = newNode()));
    node = child;
  }
  return node;
}

function removeBelow<T>(node: Node<T>, anchor: Field, depth: number, value: T): void {
  const segment = anchor.segments[depth];
  if (segment === undefined) {
    for (const condition of anchor.conditions) node.anchors?.remove(condition, value);
    if (node.anchors?.isEmpty()) node.anchors = undefined;
    return;
  }
  const child = node.children.get(segment);
  if (!child) return;
  removeBelow(child, anchor, depth + 1, value);
  if (child.children.size === 0 && !child.anchors) node.children.delete(segment);
}

/** Goes only where the event and some anchor both go. */
function visitBelow<T>(
  value: unknown,
  node: Node<T>,
  onValues: (values: ReadonlySet<T>) => void,
  nesting = 0,
): void {
  if (typeof value !== 'object' || value === null) node.anchors?.visit(value as Scalar, onValues);
  else if (nesting > MAX_NESTING) return;
  else if (Array.isArray(value)) for (const item of value) visitBelow(item, node, onValues, nesting + 1);
  else if (node.children.size > 0) {
    for (const key of Object.keys(value)) {
      const child = key.includes('.') ? nodeIfThere(node, key.split('.')) : node.children.get(key);
      if (child) visitBelow((value as Record<string, unknown>)[key], child, onValues, nesting + 1);
    }
  }
}

/** As in fit-fields.ts: what is deeper is not looked at. */
const MAX_NESTING = 250;
