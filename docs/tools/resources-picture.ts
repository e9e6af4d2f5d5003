import { digraph, edge, fills, frame, node } from './drawing.ts';
import { between, type GraphNode, lineage, reduced } from './graph.ts';

type Graph = ReadonlyMap<string, GraphNode>;

/** What is drawn one by one; everything else is counted by its type. */
const single = /^hardway:remote:(Role|Gate|Stage)$/;
const isProvider = ({ type }: GraphNode): boolean => type.startsWith('pulumi:');

/** The component right below the stack that a resource belongs to. */
const component = (graph: Graph, { urn }: GraphNode): GraphNode | undefined => lineage(graph, urn).at(-1);

/** The role, gate or stage that a resource is or belongs to. */
const step = (graph: Graph, { urn }: GraphNode): GraphNode | undefined =>
  lineage(graph, urn).find(({ type }) => single.test(type));

/** A name without that of its component in front: `etcd-ctl01` in etcd is `ctl01`. */
const shortName = (name: string, of: string): string => name.replace(new RegExp(`^${of}-`), '');

const fillOf = (type: string): string => (type.endsWith(':Gate') ? fills.gate : fills.machine);

/** Every resource of a stack, by component; roles, stages and gates one by one, others by number. Arrows: waits for. */
export function resourcesPicture(graph: Graph): string {
  const own = [...graph.values()].filter((resource) => !isProvider(resource));
  const groupOf = (resource: GraphNode): string | undefined => {
    const home = component(graph, resource);
    if (isProvider(resource) || home === undefined) return undefined;
    const one = step(graph, resource);
    if (one) return one.urn;
    return resource.type.startsWith('hardway:') ? undefined : `${home.name} ${resource.type}`;
  };
  const counted = Map.groupBy(own, (resource) => groupOf(resource) ?? '');
  const frames = [...Map.groupBy(own, (resource) => component(graph, resource)?.name ?? '')].map(([name, members]) => {
    const groups = [...new Set(members.flatMap((member) => groupOf(member) ?? []))];
    const nodes = groups.map((group) => {
      const one = graph.get(group);
      if (one) return node(group, { label: shortName(one.name, name), fillcolor: fillOf(one.type) });
      const type = group.split(' ')[1] ?? '';
      const count = counted.get(group)?.length ?? 0;
      return node(group, { label: `${count === 1 ? '' : `${count} × `}${typeLabel(type)}`, fillcolor: fills.many });
    });
    return name === '' ? '' : frame(name, name, nodes);
  });
  const arrows = [...reduced(between(graph, groupOf))].flatMap(([to, before]) =>
    [...before].map((from) => edge(from, to)),
  );
  return digraph([...frames, ...arrows], { rankdir: 'LR' });
}

/** A type as people say it: `tls:index/privateKey:PrivateKey` is a `tls PrivateKey`, an object of the API its kind. */
const typeLabel = (type: string): string => {
  const [provider = '', module = '', kind = ''] = type.split(':');
  if (provider === 'command') return `${module} command`;
  return provider === 'kubernetes' ? kind : `${provider} ${kind}`;
};

/** Roles and gates alone, in the order in which an update goes through them. */
export function rollPicture(graph: Graph): string {
  const groupOf = (resource: GraphNode): string | undefined => {
    const one = step(graph, resource);
    return one && !one.type.endsWith(':Stage') ? one.name : undefined;
  };
  const steps = [...graph.values()].filter(({ type }) => single.test(type) && !type.endsWith(':Stage'));
  const frames = [...Map.groupBy(steps, (one) => component(graph, one)?.name ?? '')].map(([name, members]) =>
    frame(
      name,
      name,
      members.map((one) => node(one.name, { label: shortName(one.name, name), fillcolor: fillOf(one.type) })),
    ),
  );
  const arrows = [...reduced(between(graph, groupOf))].flatMap(([to, before]) =>
    [...before].map((from) => edge(from, to)),
  );
  return digraph([...frames, ...arrows], { rankdir: 'LR' });
}
