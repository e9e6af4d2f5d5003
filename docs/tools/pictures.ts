import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../cli/prepare.ts';
import { pulumi, stackExists, stackOutputs } from '../../cli/pulumi/engine.ts';
import { openWorkspace } from '../../cli/pulumi/workspace.ts';
import { draw } from './drawing.ts';
import { readGraph } from './graph.ts';
import { machinesPicture } from './machines-picture.ts';
import { root } from './page.ts';
import { resourcesPicture, rollPicture } from './resources-picture.ts';
import { asShown } from './run.ts';

/** `make pictures`: draws the pictures of the documentation from a stack that is up. Returns the exit status. */
export async function pictures(stack: string, print: (line: string) => void): Promise<number> {
  const home = await openWorkspace();
  const { config } = readConfig(stack);
  if (config === undefined || !(await stackExists(home, stack))) {
    throw new Error(`there is no stack ${stack} to draw. Fix: run "make up STACK=${stack}" first.`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'hardway-graph-'));
  try {
    const path = join(folder, 'graph.dot');
    await pulumi(home, ['stack', 'graph', '--stack', stack, path]);
    const graph = readGraph(await readFile(path, 'utf8'));
    const { certificateExpiry } = (await stackOutputs(home, stack)) as { certificateExpiry: Record<string, string> };
    const drawings = {
      resources: [resourcesPicture(graph), 'The resources of the dev stack and what each waits for'],
      roll: [rollPicture(graph), 'The order in which roles are updated'],
      machines: [machinesPicture(config, Object.keys(certificateExpiry)), 'Machines, ports and certificates'],
    } as const;
    await mkdir(join(root, 'docs', 'pictures'), { recursive: true });
    for (const [name, [dot, title]] of Object.entries(drawings)) {
      // Of the lab of docs-test, pictures show what they would of the dev stack.
      await writeFile(join(root, 'docs', 'pictures', `${name}.svg`), asShown(await draw(dot, title)));
      print(`drawn: docs/pictures/${name}.svg`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
}
