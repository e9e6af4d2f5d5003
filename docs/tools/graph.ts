/** The graph of a stack as `pulumi stack graph` writes it, and what pictures need of it. */

/** One resource. */
export interface GraphNode {
  readonly urn: string;
  /** Its type without those of its parents, e.g. `hardway:remote:Role`. */
  readonly type: string;
  readonly name: string;
  /** URN of its parent; undefined for the stack itself. */
  parent: string | undefined;
  /** URNs of what must be there before it. */
  readonly dependencies: Set<string>;
}

/** Colours that the engine gives to the two kinds of edges. */
const PARENT = '#AA6639';

/**
 * Reads the engine's DOT: it is its own, with one node or edge a line, so that no parser of the whole language is needed.
 *
 * @throws Error when there is nothing in it
 */
export function readGraph(dot: string): Map<string, GraphNode> {
  const urns = new Map<string, string>();
  for (const [, id = '', urn = ''] of dot.matchAll(/^\s*(\w+) \[label="(urn:[^"]+)"\];$/gm)) urns.set(id, urn);
  const nodes = new Map(
    [...urns.values()].map((urn): [string, GraphNode] => {
      const [, , types = '', name = ''] = urn.replace(/^urn:pulumi:/, '').split('::');
      return [urn, { urn, type: types.split('$').at(-1) ?? '', name, parent: undefined, dependencies: new Set() }];
    }),
  );
  for (const [, from = '', to = '', color] of dot.matchAll(/^\s*(\w+) -> (\w+) \[color = "([^"]+)"/gm)) {
    const [one, other] = [nodes.get(urns.get(from) ?? ''), nodes.get(urns.get(to) ?? '')];
    if (one === undefined || other === undefined) continue;
    // Children point to their parent; what comes first points to what depends on it.
    if (color === PARENT) one.parent = other.urn;
    else other.dependencies.add(one.urn);
  }
  // What a resource of a cluster waits for besides: its provider, which the engine's graph leaves out.
  const providers = [...nodes.values()].filter(({ type }) => type === 'pulumi:providers:kubernetes');
  for (const node of nodes.values()) {
    if (node.type.startsWith('kubernetes:')) for (const { urn } of providers) node.dependencies.add(urn);
  }
  if (nodes.size === 0) throw new Error('the engine wrote a graph without resources');
  return nodes;
}

/** A resource and its ancestors, itself first, the stack left out. */
export function lineage(nodes: ReadonlyMap<string, GraphNode>, urn: string): GraphNode[] {
  const found: GraphNode[] = [];
  for (
    let at = nodes.get(urn);
    at !== undefined && at.type !== 'pulumi:pulumi:Stack';
    at = nodes.get(at.parent ?? '')
  ) {
    found.push(at);
  }
  return found;
}

/** A graph of names. */
export type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The dependencies between groups of resources: whole groups, no edge to itself.
 *
 * @param groupOf - a resource's group; undefined for one that is in none, through which dependencies still pass
 */
export function between(
  nodes: ReadonlyMap<string, GraphNode>,
  groupOf: (node: GraphNode) => string | undefined,
): Edges {
  const edges = new Map<string, Set<string>>();
  const reached = new Map<string, ReadonlySet<string>>();
  const groupsBefore = (urn: string): ReadonlySet<string> => {
    const known = reached.get(urn);
    if (known) return known;
    const found = new Set<string>();
    reached.set(urn, found);
    for (const dependency of nodes.get(urn)?.dependencies ?? []) {
      const node = nodes.get(dependency);
      const group = node && groupOf(node);
      if (group !== undefined) found.add(group);
      else for (const further of groupsBefore(dependency)) found.add(further);
    }
    return found;
  };
  for (const node of nodes.values()) {
    const group = groupOf(node);
    if (group === undefined) continue;
    const before = edges.get(group) ?? new Set<string>();
    for (const other of groupsBefore(node.urn)) if (other !== group) before.add(other);
    edges.set(group, before);
  }
  return edges;
}

/** The graph without edges that follow from others. It must have no cycle. */
export function reduced(edges: Edges): Edges {
  const all = new Map<string, Set<string>>();
  const ancestors = (name: string): Set<string> => {
    const known = all.get(name);
    if (known) return known;
    const found = new Set<string>();
    all.set(name, found);
    for (const before of edges.get(name) ?? []) {
      found.add(before);
      for (const further of ancestors(before)) found.add(further);
    }
    return found;
  };
  return new Map(
    [...edges].map(([name, before]) => [
      name,
      new Set([...before].filter((one) => ![...before].some((other) => other !== one && ancestors(other).has(one)))),
    ]),
  );
}
