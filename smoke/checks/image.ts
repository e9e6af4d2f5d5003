import { type Check, until } from '../check.ts';
import type { Context } from '../context.ts';
import { from } from '../vantage.ts';
import { smokeImage } from '../workload.ts';

/** The check that brings the image where no registry has it; the workload needs it. */
export const imageCheck = "every node has the smoke test's image";

/**
 * Brings the image of the smoke test to the nodes over SSH. A lab's mirror serves it; elsewhere nobody publishes it. None
 * where the nodes can pull it.
 */
export function imageChecks({ outputs, ssh, smokeImages }: Context): Check[] {
  if (outputs.machineSource === 'lab' || smokeImages === undefined) return [];
  const ctr = '/usr/local/bin/ctr -n k8s.io images';
  const bring = async (node: string, signal: AbortSignal): Promise<boolean> => {
    if ((await ssh.run(node, `${ctr} ls -q name==${smokeImage}`, { signal })).trim() !== '') return false;
    const architecture = outputs.machines.find(({ name }) => name === node)?.architecture ?? '';
    const tar = smokeImages[architecture];
    if (tar === undefined) throw new Error(`there is no ${smokeImage} for ${architecture} here`);
    await ssh.send(node, `${ctr} import -`, tar, { signal });
    return true;
  };
  return [
    {
      name: imageCheck,
      tried: `ctr images import of ${smokeImage}`,
      from: () => from('every node'),
      fix: 'On the node: "systemctl status containerd" and "df /var/lib/containerd".',
      run: async (signal) => {
        const each = outputs.nodes.map(({ name }) =>
          until<boolean>({ signal, expected: `${smokeImage} on ${name}` }, async () => ({
            value: await bring(name, signal),
          })),
        );
        const brought = (await Promise.all(each)).filter(Boolean).length;
        return brought === 0 ? 'it was there' : `brought to ${brought}`;
      },
    },
  ];
}
