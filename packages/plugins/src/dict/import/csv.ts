/**
 * Splits one CSV record as RFC 4180 has it. The record is one line: ECDICT writes line breaks inside of
 * fields as `\n`.
 */
export function parseCsvLine(line: string): string[] {
  const record = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (!record.includes('"')) return record.split(",");
  const fields: string[] = [];
  let start = 0;
  for (;;) {
    const end = record[start] === '"' ? endOfQuoted(record, start) : endOfPlain(record, start);
    const field = record.slice(start, end);
    fields.push(field.startsWith('"') ? field.replace(/^"|"$/g, "").replaceAll('""', '"') : field);
    if (end >= record.length) return fields;
    start = end + 1;
  }
}

function endOfPlain(record: string, start: number): number {
  const comma = record.indexOf(",", start);
  return comma < 0 ? record.length : comma;
}

function endOfQuoted(record: string, start: number): number {
  let quote = record.indexOf('"', start + 1);
  while (quote >= 0 && record[quote + 1] === '"') quote = record.indexOf('"', quote + 2);
  return quote < 0 ? record.length : quote + 1;
}
