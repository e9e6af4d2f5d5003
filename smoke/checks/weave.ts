import { type Check, until } from '../check.ts';
import type { Context } from '../context.ts';
import { from } from '../vantage.ts';

/** Where Weave Net answers on each machine, to that machine alone. */
const api = 'http://127.0.0.1:6784';

/**
 * What is wrong with a peer's connections, out of what it says at `/status/connections`; empty when every other node is
 * connected to it. A line reads `-> 10.89.0.101:6783 established sleeve 2a:…:01(wrk02) mtu=1438`.
 */
export function connectionFaults(node: string, others: readonly string[], said: string): string[] {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return others
    .filter((other) => !lines.some((line) => /\bestablished\b/.test(line) && line.includes(`(${other})`)))
    .map((other) => {
      const seen = lines.find((line) => line.includes(`(${other})`))?.trim();
      return `${node} to ${other}: ${seen ?? 'no connection'}`;
    });
}

/** Every peer is connected to every other. */
export function weaveChecks({ outputs, ssh }: Context): Check[] {
  if (outputs.podNetwork?.name !== 'weave') return [];
  const names = outputs.nodes.map(({ name }) => name);
  return [
    {
      name: 'Weave Net: every peer is connected to every other',
      limitSeconds: 120,
      tried: `GET ${api}/status/connections`,
      from: () => from('every node'),
      fix: 'Nodes must reach each other at 6783/tcp and 6783-6784/udp; then "kubectl logs -n kube-system ds/weave-net -c weave".',
      run: (signal) =>
        until({ signal, expected: `connections among ${names.join(', ')} established`, every: 1000 }, async () => {
          const each = names.map(async (name) => {
            const said = await ssh.run(name, `curl -sS --max-time 3 ${api}/status/connections`, { signal });
            const others = names.filter((other) => other !== name);
            return { faults: connectionFaults(name, others, said), kinds: kindsOf(said) };
          });
          const seen = await Promise.all(each);
          const faults = seen.flatMap((one) => one.faults);
          if (faults.length > 0) return { seen: faults.join('; ') };
          const kinds = [...new Set(seen.flatMap((one) => one.kinds))].join(', ');
          return { value: `${names.length} peers${kinds === '' ? '' : `, ${kinds}`}` };
        }),
    },
  ];
}

/** How packets travel, `sleeve` or `fastdp`, and whether encrypted, as the connections say it. */
function kindsOf(said: string): string[] {
  return [...said.matchAll(/established\s+(?:(encrypted)\s+)?(fastdp|sleeve)/g)].map(([, encrypted, kind]) =>
    encrypted ? `${kind} (encrypted)` : String(kind),
  );
}
