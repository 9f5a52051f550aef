import { isPieceOver, type InPieces } from '../pieces';
import type { Scalar } from './condition';
import type { Field } from './field';
import type { Group } from './group';
import type { Way } from './parse-pattern';
import { PathAnchors, SPLIT_SIZE, isSelective } from './path-anchors';

/** One way through somebody's pattern. */
export interface Entry<T> {
  way: Way;
  value: T;
}

/** A way is kept under each value of a field, and under each value of the next one below: at most so many times. */
const MOST_COPIES = 256;

/**
 * Ways, each under one of its fields, its anchor: the one with the fewest others beside it. An event's values lead to
 * anchors, and anchors to what may match: too much perhaps, never too little.
 */
export class WayIndex<T> {
  private readonly root = newNode<Entry<T>>();
  private readonly anchors = new Map<Entry<T>, Field>();

  /** @param before the paths by which all that is in here has been told apart already */
  constructor(private readonly before: ReadonlySet<string> = new Set()) {}

  /** False when no field of the way can be an anchor here: then it is not in. */
  add(entry: Entry<T>): boolean {
    const anchor = this.anchorOf(entry.way);
    if (!anchor) return false;
    const node = nodeAt(this.root, anchor.segments);
    node.anchors ??= this.anchorsAt(anchor.path);
    for (const condition of anchor.conditions) node.anchors.add(condition, entry);
    this.anchors.set(entry, anchor);
    return true;
  }

  remove(entry: Entry<T>): boolean {
    const anchor = this.anchors.get(entry);
    if (!anchor) return false;
    this.anchors.delete(entry);
    removeBelow(this.root, anchor, 0, entry);
    return true;
  }

  *visit(event: object, onEntry: (entry: Entry<T>) => void): InPieces<void> {
    // Each once, however many values lead to it.
    const groups = new Set<Group<Entry<T>>>();
    yield* visitBelow(event, this.root, groups);
    for (const group of groups) yield* group.visit(event, onEntry);
  }

  entries(): IterableIterator<Entry<T>> {
    return this.anchors.keys();
  }

  get size(): number {
    return this.anchors.size;
  }

  /** Nothing is left behind of what was taken out. */
  isEmpty(): boolean {
    return this.anchors.size === 0 && this.root.children.size === 0;
  }

  private anchorsAt(path: string): PathAnchors<Entry<T>> {
    const paths = new Set([...this.before, path]);
    return new PathAnchors(() => new Crowd<T>(paths));
  }

  private anchorOf(way: Way): Field | undefined {
    let best: Field | undefined;
    let fewest = Infinity;
    for (const field of way) {
      if (!mayAnchor(field, way, this.before)) continue;
      const anchors = nodeIfThere(this.root, field.segments)?.anchors ?? this.anchorsAt(field.path);
      const crowd = field.conditions.reduce((sum, condition) => sum + anchors.crowd(condition), 0);
      if (crowd < fewest) [best, fewest] = [field, crowd];
    }
    return best;
  }
}

/** Not one that holds where the value is missing; and, further down, only one that tells things apart. */
function mayAnchor(field: Field, way: Way, before: ReadonlySet<string>): boolean {
  if (field.allowsAbsence || before.has(field.path)) return false;
  if (before.size === 0) return true;
  const copies = way
    .filter(({ path }) => before.has(path))
    .reduce((product, { conditions }) => product * conditions.length, field.conditions.length);
  return copies <= MOST_COPIES && field.conditions.every(isSelective);
}

/**
 * What shares a key. Many that do and have another condition each are divided by that one: so a value that everybody
 * asks for costs nothing beside one that few do.
 */
class Crowd<T> implements Group<Entry<T>> {
  private readonly whole = new Set<Entry<T>>();
  private readonly divisible = new Set<Entry<T>>();
  private divided: WayIndex<T> | undefined;

  constructor(private readonly paths: ReadonlySet<string>) {}

  add(entry: Entry<T>): void {
    if (this.divided?.add(entry)) return;
    if (this.divided || !entry.way.some((field) => mayAnchor(field, entry.way, this.paths))) {
      this.whole.add(entry);
      return;
    }
    this.divisible.add(entry);
    if (this.divisible.size <= SPLIT_SIZE) return;
    this.divided = new WayIndex(this.paths);
    for (const other of this.divisible) this.divided.add(other);
    this.divisible.clear();
  }

  delete(entry: Entry<T>): boolean {
    if (this.divided?.remove(entry)) {
      if (this.divided.size <= SPLIT_SIZE / 2) this.join(this.divided);
      return true;
    }
    return this.divisible.delete(entry) || this.whole.delete(entry);
  }

  get size(): number {
    return this.whole.size + this.divisible.size + (this.divided?.size ?? 0);
  }

  *visit(event: object, onEntry: (entry: Entry<T>) => void): InPieces<void> {
    for (const entry of this.whole) onEntry(entry);
    for (const entry of this.divisible) onEntry(entry);
    if (isPieceOver(this.whole.size + this.divisible.size)) yield;
    if (this.divided) yield* this.divided.visit(event, onEntry);
  }

  /** Below half, so that one who comes and goes does not divide and join it over and over. */
  private join(divided: WayIndex<T>): void {
    for (const entry of divided.entries()) this.divisible.add(entry);
    this.divided = undefined;
  }
}

interface Node<E> {
  children: Map<string, Node<E>>;
  /** Not there where only longer paths go through. */
  anchors: PathAnchors<E> | undefined;
}

const newNode = <E>(): Node<E> => ({ children: new Map(), anchors: undefined });

function nodeIfThere<E>(root: Node<E>, segments: readonly string[]): Node<E> | undefined {
  let node: Node<E> | undefined = root;
  for (const segment of segments) node = node?.children.get(segment);
  return node;
}

function nodeAt<E>(root: Node<E>, segments: readonly string[]): Node<E> {
  let node = root;
  for (const segment of segments) {
    let child = node.children.get(segment);
    if (!child) node.children.set(segment, (child = newNode()));
    node = child;
  }
  return node;
}

function removeBelow<E>(node: Node<E>, anchor: Field, depth: number, entry: E): void {
  const segment = anchor.segments[depth];
  if (segment === undefined) {
    for (const condition of anchor.conditions) node.anchors?.remove(condition, entry);
    if (node.anchors?.isEmpty()) node.anchors = undefined;
    return;
  }
  const child = node.children.get(segment);
  if (!child) return;
  removeBelow(child, anchor, depth + 1, entry);
  if (child.children.size === 0 && !child.anchors) node.children.delete(segment);
}

/** Goes only where the event and some anchor both go. */
function* visitBelow<E>(value: unknown, node: Node<E>, groups: Set<Group<E>>, nesting = 0): InPieces<void> {
  if (typeof value !== 'object' || value === null) {
    if (node.anchors && isPieceOver(visitAnchors(value as Scalar, node.anchors, groups))) yield;
  } else if (nesting > MAX_NESTING) return;
  else if (Array.isArray(value)) {
    for (const item of value) {
      if (isPieceOver(1)) yield;
      yield* visitBelow(item, node, groups, nesting + 1);
    }
  } else if (node.children.size > 0) {
    for (const key of Object.keys(value)) {
      if (isPieceOver(1)) yield;
      const child = key.includes('.') ? nodeIfThere(node, key.split('.')) : node.children.get(key);
      if (child) yield* visitBelow((value as Record<string, unknown>)[key], child, groups, nesting + 1);
    }
  }
}

/** Gives the steps it took. */
function visitAnchors<E>(value: Scalar, anchors: PathAnchors<E>, groups: Set<Group<E>>): number {
  let steps = anchors.lookUps * (1 + (typeof value === 'string' ? value.length >> 8 : 0));
  anchors.visit(value, (group) => {
    groups.add(group);
    steps++;
  });
  return steps;
}

/** As in fit-fields.ts: what is deeper is not looked at. */
const MAX_NESTING = 250;
