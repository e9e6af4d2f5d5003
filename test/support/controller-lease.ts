/**
 * Lines of a shell's case by which a fake kubectl answers for a controller manager that leads: its lease was taken an hour
 * ago, and each look finds it renewed. `$FOLDER/renewed` has a line for each.
 */
export const heldLease = `  *acquireTime*) printf 2026-11-25T19:00:00Z ;;
  *renewTime*) echo >>"$FOLDER/renewed"; date -u -d "2026-11-25 20:00 $(wc -l <"$FOLDER/renewed") seconds" +%FT%TZ ;;`;
