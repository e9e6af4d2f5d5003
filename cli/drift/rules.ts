import { readScript } from '../../lib/format/script.ts';
import type { ClusterOutputs } from '../../smoke/outputs.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import type { FoundOnMachine } from './machines.ts';

/** What owns the chains of the add-on, where a difference names a role. */
export const WEAVE_OWNER = 'weave-net';
/** The same for the chains of Services. */
export const PROXY_OWNER = 'kube-proxy';

/** The chains that a node has in iptables, by what makes them. No role owns them. */
export function chainsOf({
  podNetwork,
  kubeProxyMode,
}: Pick<ClusterOutputs, 'podNetwork' | 'kubeProxyMode'>): Readonly<Record<string, string>> {
  const weave = podNetwork?.name === 'weave';
  return {
    ...(kubeProxyMode === 'iptables' ? { 'KUBE-SERVICES': PROXY_OWNER } : {}),
    ...(weave ? { WEAVE: WEAVE_OWNER } : {}),
    ...(weave && podNetwork.enforcesPolicies ? { 'WEAVE-NPC': WEAVE_OWNER } : {}),
  };
}

/** The shell text that prints which of the chains a machine lacks. */
export function rulesScript(chains: readonly string[]): string {
  return readScript(import.meta.dirname, 'rules.sh', { CHAINS: { code: chains.join(' ') } });
}

/**
 * Looks for the chains on every node, over SSH. A machine that does not answer is reported with the roles.
 *
 * @param seconds - how long a machine may take to answer
 */
export async function checkRules(outputs: ClusterOutputs, seconds: number): Promise<FoundOnMachine[]> {
  const chains = chainsOf(outputs);
  const names = Object.keys(chains);
  if (names.length === 0) return [];
  return MachineSsh.using(outputs.ssh, seconds, async (ssh) => {
    const found = await Promise.all(
      outputs.nodes.map(async ({ name }): Promise<FoundOnMachine[]> => {
        const printed = await ssh.run(name, rulesScript(names), { seconds }).catch(() => '');
        const missing = printed.split('\n').filter((line) => names.includes(line));
        return missing.map((chain) => ({
          ...{
            machine: name,
            role: chains[chain] ?? 'node',
            what: `chain ${chain}`,
            how: 'has no rule that leads to it in iptables',
          },
        }));
      }),
    );
    return found.flat();
  });
}
