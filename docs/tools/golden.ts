/**
 * Files as the program renders them, shown in pages. A comment before a fence names the file:
 *
 *     <!-- golden: test/golden/dev/ctl01/etcd__etc__systemd__system__etcd.service -->
 *
 * `make docs` fills the fence; a test notices when it was not run.
 */
import { fencesOf, read, replaceFences } from './page.ts';

/** The file that a fence shows, or undefined. */
export const goldenOf = (note: string | undefined): string | undefined => /^golden:\s*(\S+)$/.exec(note ?? '')?.[1];

/** A page with its shown files brought up to date. @throws when a file is not there */
export function withGoldens(page: string): string {
  const shown = fencesOf(page).flatMap((fence): [typeof fence, string][] => {
    const path = goldenOf(fence.note);
    return path === undefined ? [] : [[fence, read(path).replace(/\n+$/, '')]];
  });
  return replaceFences(page, new Map(shown.filter(([fence, text]) => fence.text !== text)));
}
