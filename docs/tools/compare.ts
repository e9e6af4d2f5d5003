/** Whether an output is the recorded one, but for what is different on every cluster and every day. */

/** Letters that Kubernetes makes up names of. */
const made = '[bcdfghjklmnpqrstvwxz2456789]';

/**
 * What differs from run to run, and what stands for it when outputs are compared. The recorded text keeps a real value, so
 * that a page shows what a reader will see.
 */
const masks: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b20\d\d-\d\d-\d\d\b/g, '<day>'],
  [/\b[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d(?::\d\d(?: \d{4})?)?(?: GMT| UTC)?/g, '<time>'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>'],
  [/\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g, '<mac>'],
  [/KUBE-SEP-[A-Z2-7]{16}/g, '<endpoint chain>'],
  [/\bvethw[a-z]*[0-9a-f]+/g, '<veth>'],
  [/\b[0-9a-f]{12,64}\b/g, '<id>'],
  [new RegExp(`-${made}{8,10}-${made}{5}\\b`, 'g'), '-<pod>'],
  [new RegExp(`-${made}{5}\\b`, 'g'), '-<made>'],
  [/(?:about )?(?:an?|\d+) (?:second|minute|hour|day)s? ago/gi, '<age>'],
  // Which peer dialled the other, and how the peers share the range.
  [/(?:->|<-) (\d+\.\d+\.\d+\.\d+):\d+/g, '<connection> $1'],
  [/\b\d+ IPs \(\d+\.\d% of total\)(?: \(\d+ active\))?/g, '<share>'],
  [/\bUP +10\.200\.\d+\.\d+\/16/g, 'UP <pod address>'],
  [/\b10\.200\.\d+\.\d+\/32\b/g, '<pod address>/32'],
  [/\b\d+ \/sbin\/init$/g, '<count> /sbin/init'],
  [/\b10\.200\.\d+\.\d+(?!\d*\/)/g, '<pod address>'],
  [/\b3[0-2]\d{3}\b/g, '<node port>'],
  [/@if\d+|\bif\d+\b/g, '<interface>'],
  [/(?<![\w.])(?:\d+(?:\.\d+)?(?:d|h|m|s|ms|µs|us))+(?![\w/])/g, '<duration>'],
  [/[─━]{2,}/g, '─'],
  [/-{4,}/g, '-'],
  [/[ \t]+/g, ' '],
];

/** A line as it is compared. */
export function masked(line: string): string {
  return masks.reduce((text, [pattern, stand]) => text.replaceAll(pattern, stand), line).trim();
}

const ELISION = '…';
const quoted = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Whether one line is the recorded one. */
function sameLine(recorded: string, actual: string): boolean {
  if (!recorded.includes(ELISION)) return masked(recorded) === masked(actual);
  const parts = recorded.split(ELISION).map((part) => quoted(masked(part)));
  return new RegExp(`^${parts.join('.*')}$`).test(masked(actual));
}

/** The recorded lines between the lines that stand for any number of lines. */
const runsOf = (recorded: readonly string[]): string[][] => {
  const runs: string[][] = [[]];
  for (const line of recorded) {
    if (line.trim() === ELISION) runs.push([]);
    else runs.at(-1)?.push(line);
  }
  return runs;
};

/** Where a run of lines stands in an output, at `from` or later; -1 where it does not. */
function findRun(run: readonly string[], actual: readonly string[], from: number): number {
  for (let at = from; at + run.length <= actual.length; at += 1) {
    if (run.every((line, index) => sameLine(line, actual[at + index] ?? ''))) return at;
  }
  return -1;
}

/** Whether an output is the recorded one. Lines of blanks at the end do not count. */
export function sameOutput(recorded: readonly string[], given: readonly string[]): boolean {
  const [wanted, actual] = [withoutTail(recorded), withoutTail(given)];
  const [first = [], ...runs] = runsOf(wanted);
  if (runs.length === 0) return first.length === actual.length && findRun(first, actual, 0) === 0;
  const last = runs.pop() ?? [];
  if (first.length + last.length > actual.length || findRun(first, actual.slice(0, first.length), 0) !== 0)
    return false;
  const end = actual.length - last.length;
  if (findRun(last, actual, end) !== end) return false;
  let at = first.length;
  for (const run of runs) {
    const found = findRun(run, actual.slice(0, end), at);
    if (found < 0) return false;
    at = found + run.length;
  }
  return true;
}

const withoutTail = (lines: readonly string[]): readonly string[] =>
  lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);

/**
 * The output to record in place of another: the new lines, elided where the old ones were as far as that can be told: as
 * many lines before the first `…` and after the last one as before, and in between what is still there.
 */
export function recordOutput(recorded: readonly string[], given: readonly string[]): string[] {
  const actual = withoutTail(given);
  const [first = [], ...runs] = runsOf(withoutTail(recorded));
  if (runs.length === 0) return actual.map((line) => kept(first, line));
  const last = runs.pop() ?? [];
  if (first.length + last.length >= actual.length) return [...actual];
  const end = actual.length - last.length;
  const head = actual.slice(0, first.length).map((line) => kept(first, line));
  const tail = actual.slice(end).map((line) => kept(last, line));
  const middle = runs.flatMap((run) => {
    const at = findRun(run, actual.slice(0, end), first.length);
    return at < 0 ? [] : [ELISION, ...run];
  });
  return [...head, ...middle, ELISION, ...tail];
}

/** The recorded form of a line that is still right, else the line itself. */
const kept = (recorded: readonly string[], line: string): string => recorded.find((old) => sameLine(old, line)) ?? line;
