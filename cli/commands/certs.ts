import { z } from 'zod';
import { UserError } from '../../lib/user-error.ts';
import { certificateTable, tableLines } from '../output/certificate-table.ts';
import { makeFor } from '../output/make.ts';
import { checkedConfig } from '../prepare.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

const known = z.record(z.string(), z.string());

/**
 * `make certs`: every certificate with its signer, its end, and where it lies.
 *
 * @param json - whether to print the table as JSON
 * @returns 1 where one has expired
 * @throws UserError where there is no cluster yet
 */
export async function certs(stack: string, json: boolean, print: (line: string) => void): Promise<number> {
  const config = checkedConfig(stack);
  const workspace = await openWorkspace({ stack, print: console.error });
  const outputs = (await stackExists(workspace, stack)) ? await stackOutputs(workspace, stack) : {};
  const expiry = known.safeParse(outputs.certificateExpiry).data;
  const up = makeFor('up', stack);
  if (expiry === undefined) throw new UserError(`stack ${stack} has no certificates yet`, { fix: `run "${up}" first` });
  const rows = certificateTable(config, expiry, new Date());
  if (json) {
    print(JSON.stringify(rows, null, 2));
  } else {
    for (const line of tableLines(rows)) print(line);
    const due = rows.filter(({ due }) => due).length;
    if (due > 0) print(`${due} of ${rows.length} are due: "${up}" renews them, one machine at a time`);
  }
  return rows.some(({ daysLeft }) => daysLeft !== undefined && daysLeft < 0) ? 1 : 0;
}
