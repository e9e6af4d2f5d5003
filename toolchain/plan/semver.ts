/** The first `major.minor.patch` in a text, as numbers, or undefined. */
export function parseVersion(text: string): [number, number, number] | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** Whether `have` is at least `want`; false where `have` holds no version. */
export function isAtLeast(have: string, want: string): boolean {
  const left = parseVersion(have);
  const right = parseVersion(want);
  if (!left || !right) return false;
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** kubectl's version skew: one minor version older or newer than the API server, same major. */
export function isWithinSkew(kubectl: string, server: string): boolean {
  const left = parseVersion(kubectl);
  const right = parseVersion(server);
  return !!left && !!right && left[0] === right[0] && Math.abs(left[1] - right[1]) <= 1;
}
