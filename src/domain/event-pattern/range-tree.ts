import type { NumberRange } from './condition';
import type { Group, MakeGroup } from './group';

interface Node<T> {
  low: number;
  high: number;
  /** The highest `high` in this node and below: what ends before a number need not be looked through. */
  highest: number;
  priority: number;
  values: Group<T>;
  left: Node<T> | undefined;
  right: Node<T> | undefined;
}

/**
 * Number ranges, found by a number in them: a treap (Seidel and Aragon 1996) by lower bound, each node with the highest
 * upper bound below it. Equal ranges share a node. Whether a bound is in its range is not looked at here: what is found
 * is a little too much, never too little.
 */
export class RangeTree<T> {
  private root: Node<T> | undefined;
  /** Different ranges. */
  size = 0;

  constructor(private readonly makeGroup: MakeGroup<T>) {}

  add({ low, high }: NumberRange, value: T): void {
    const found = this.nodeOf(low, high);
    if (found) {
      found.values.add(value);
      return;
    }
    const priority = Math.random();
    const values = this.makeGroup();
    values.add(value);
    this.root = insert(this.root, {
      low,
      high,
      highest: high,
      priority,
      values,
      left: undefined,
      right: undefined,
    });
    this.size++;
  }

  remove({ low, high }: NumberRange, value: T): void {
    const found = this.nodeOf(low, high);
    if (!found?.values.delete(value) || found.values.size > 0) return;
    this.root = without(this.root, found);
    this.size--;
  }

  visit(number: number, onGroup: (group: Group<T>) => void): void {
    visitBelow(this.root, number, onGroup);
  }

  private nodeOf(low: number, high: number): Node<T> | undefined {
    let node = this.root;
    while (node && (node.low !== low || node.high !== high))
      node = isBefore(low, high, node) ? node.left : node.right;
    return node;
  }
}

const isBefore = (low: number, high: number, node: { low: number; high: number }): boolean =>
  low < node.low || (low === node.low && high < node.high);

function visitBelow<T>(node: Node<T> | undefined, number: number, onGroup: (group: Group<T>) => void): void {
  if (!node || node.highest < number) return;
  visitBelow(node.left, number, onGroup);
  if (node.low > number) return;
  if (node.high >= number) onGroup(node.values);
  visitBelow(node.right, number, onGroup);
}

function insert<T>(node: Node<T> | undefined, added: Node<T>): Node<T> {
  if (!node) return added;
  if (isBefore(added.low, added.high, node)) {
    node.left = insert(node.left, added);
    return measured(node.left.priority > node.priority ? turnedRight(node, node.left) : node);
  }
  node.right = insert(node.right, added);
  return measured(node.right.priority > node.priority ? turnedLeft(node, node.right) : node);
}

function without<T>(node: Node<T> | undefined, gone: Node<T>): Node<T> | undefined {
  if (!node) return undefined;
  if (node === gone) return joined(node.left, node.right);
  if (isBefore(gone.low, gone.high, node)) node.left = without(node.left, gone);
  else node.right = without(node.right, gone);
  return measured(node);
}

function joined<T>(left: Node<T> | undefined, right: Node<T> | undefined): Node<T> | undefined {
  if (!left || !right) return left ?? right;
  if (left.priority > right.priority) {
    left.right = joined(left.right, right);
    return measured(left);
  }
  right.left = joined(left, right.left);
  return measured(right);
}

function turnedRight<T>(node: Node<T>, left: Node<T>): Node<T> {
  node.left = left.right;
  left.right = measured(node);
  return left;
}

function turnedLeft<T>(node: Node<T>, right: Node<T>): Node<T> {
  node.right = right.left;
  right.left = measured(node);
  return right;
}

function measured<T>(node: Node<T>): Node<T> {
  node.highest = Math.max(node.high, node.left?.highest ?? -Infinity, node.right?.highest ?? -Infinity);
  return node;
}
