/** Start of each unit that runs on each machine: `InvocationID` by `<machine>/<unit>`. */
export type UnitStarts = ReadonlyMap<string, string>;

/**
 * Shell lines that print one block of properties for each service that runs. systemd gives each start of a unit an
 * InvocationID of its own, so that a restart shows whatever clocks say.
 */
export const unitStartsScript = [
  'units=$(systemctl list-units --type=service --state=running --no-legend --plain | cut -d" " -f1)',
  'systemctl show -p Id,InvocationID,ActiveEnterTimestampMonotonic,FragmentPath,DropInPaths $units',
].join('\n');

/** Reads what {@link unitStartsScript} printed on one machine; session services of logins are passed over. */
export function parseUnitStarts(machine: string, text: string): [string, string][] {
  return text
    .split(/\n\s*\n/)
    .map((block) => new Map(block.split('\n').map((line) => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/, '')])))
    .filter((unit) => unit.get('Id') && !/^(user@|user-runtime-dir@|ssh@|run-)/.test(unit.get('Id') ?? ''))
    .map((unit) => [
      `${machine}/${unit.get('Id')}`,
      `${unit.get('InvocationID')} at ${unit.get('ActiveEnterTimestampMonotonic')}`,
    ]);
}

/** What began anew, ended or came between two looks: one line each, empty when nothing did. */
export function changedUnits(before: UnitStarts, after: UnitStarts): string[] {
  const lines: string[] = [];
  for (const [unit, start] of before) {
    const now = after.get(unit);
    if (now === undefined) lines.push(`${unit} runs no more`);
    else if (now !== start) lines.push(`${unit} was started again (${start}, now ${now})`);
  }
  for (const unit of after.keys()) if (!before.has(unit)) lines.push(`${unit} runs now and did not before`);
  return lines;
}
