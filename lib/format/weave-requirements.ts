import { scriptLines } from './script.ts';

/** The settings of Weave Net that decide what a machine needs. */
export interface WeaveSettings {
  /** `on` needs openvswitch; `auto` works without it. */
  readonly fastDatapath: 'auto' | 'on' | 'off';
  /** Whether network policies are enforced, which needs ipset and its match. */
  readonly networkPolicy: boolean;
  /** The iptables that Weave Net writes its rules with: the machine's own must be the same, kube-proxy uses that. */
  readonly iptablesBackend: 'nft' | 'legacy';
}

/** Lines that stop, and say what is missing, on a machine that lacks what Weave Net needs. They change nothing. */
export function weaveRequirements(settings: WeaveSettings): string[] {
  return scriptLines(import.meta.dirname, 'weave-requirements.sh', {
    FAST_DATAPATH: settings.fastDatapath,
    NETWORK_POLICY: String(settings.networkPolicy),
    IPTABLES_BACKEND: settings.iptablesBackend,
  });
}
