/** The made parts of the pages under docs/reference. */
import { targets } from './makefile.ts';
import { read } from './page.ts';
import { renderPortTable } from './ports.ts';

/** The verbs of make, as its help has them. */
function commands(): string {
  const rows = targets(read('Makefile')).map(({ name, what }) => `| [\`make ${name}\`](#make-${name}) | ${what} |`);
  return ['| command | what it does |', '|---|---|', ...rows].join('\n');
}

/** Roles, and the golden plan that lists what each puts onto a machine. */
const plans = [
  ['etcd members', 'etcd', 'etcd'],
  ['Controllers', 'control-plane', 'control-plane'],
  ['Load balancers', 'load-balancer', 'load-balancer.floating'],
  ['Nodes', 'node', 'workers.standard-host'],
  ['Every machine, with the bridge network', 'pod-network', 'pod-network'],
] as const;

/** Lines of a section of a plan. */
function lines(plan: string, heading: string): string[] {
  const [, rest = ''] = plan.split(`# ${heading}\n`);
  return (
    rest
      .split(/^# /m)[0]
      ?.split('\n')
      .filter((line) => line !== '') ?? []
  );
}

function filesOf(plan: string): string {
  const rows = [...lines(plan, 'directories'), ...lines(plan, 'files')].map((line) => {
    const [mode = '', ...words] = line.replace(/ {2}<- .*/, '').split(' ');
    const path = words.at(-1) ?? '';
    const folder = words.length === 1 ? '/' : '';
    return { mode, path: `${path}${folder}` };
  });
  const links = lines(plan, 'links').map((line) => ({ mode: 'link', path: line.replace(' -> ', '` to `') }));
  return [
    '| mode | path |',
    '|---|---|',
    ...[...rows, ...links].map(({ mode, path }) => `| ${mode} | \`${path}\` |`),
  ].join('\n');
}

/** What each role puts onto a machine. */
function files(): string {
  return plans
    .map(([title, role, golden]) => `### ${title}: role \`${role}\`\n\n${filesOf(read(`test/golden/${golden}/PLAN`))}`)
    .join('\n\n');
}

const parts: Readonly<Record<string, () => string>> = { commands, files, ports: renderPortTable };

/** A page with its made parts brought up to date: what stands between `<!-- made: NAME -->` and `<!-- end -->`. */
export function withMadeParts(page: string): string {
  return page.replaceAll(
    /(<!-- made: (\w+) -->\n).*?(\n<!-- end -->)/gs,
    (_, begin: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`nothing makes "${name}": one of ${Object.keys(parts).join(', ')}`);
      return `${begin}\n${part()}\n${end}`;
    },
  );
}
